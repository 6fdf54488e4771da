// observed.hpp: what others may conclude from what they see of a ring: of its depth, of what has left it, of its close.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "tests/model/clients/exchange_ring/directed.hpp"

namespace tidegate::model {

/// The depth stays within the capacity while both sides move.
template <class Engine, class Kind>
struct depth_stays_within_capacity {
  static constexpr unsigned threads = 2;
  using element = typename Kind::element;
  typename Kind::template ring<Engine> ring{1, ring_rows{1, 1}};
  typename Kind::template ring<Engine>::producer producer;
  typename Kind::template ring<Engine>::consumer consumer;

  void before() {
    producer = ring.try_make_producer();
    consumer = ring.try_make_consumer();
    Engine::check(producer.try_push(element(1)) == push_status::ok, "there is room");
  }
  void thread(unsigned index) {
    element out(0);
    if (index == 0) return Engine::check(ring.depth_hint() <= 1, "no more than the capacity");
    Engine::check(consumer.try_pop(out) == pop_status::ok, "there is an element");
    Engine::check(producer.try_push(element(2)) == push_status::ok, "there is room");
  }
  void after() {}
};

/// An offer stands behind two elements, of which the hint knows nothing: they are inside, and have not left. It is made
/// because a rival was faster at the place before.
template <class Engine, class Kind>
struct offer_is_not_inside {
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"as directed"};
  static constexpr std::array stops{stop{1, "frontier_hint", 1, 0, "settle", 1}, stop{0, "settle", 1, 1, "", never}};
  using element = typename Kind::element;
  [[no_unique_address]] typename Kind::threads::template population<typename Engine::sync> living;
  typename Kind::template ring<Engine> ring{3, ring_rows{2, 1}};
  typename Kind::template ring<Engine>::producer producer;
  typename Kind::template ring<Engine>::producer rival;
  direction<stops.size()> directed_by{stops};
  bool was_beaten = false;

  void before() {
    producer = ring.try_make_producer();
    rival = ring.try_make_producer();
    Engine::check(producer.try_push(element(1)) == push_status::ok, "there is room");
    director::listen(this, [](void* self, std::string_view function) {
      static_cast<offer_is_not_inside*>(self)->before_an_access(function);
    });
  }
  void thread(unsigned index) {
    if (index == 0) {
      Engine::check(producer.try_push(element(3)) == push_status::ok, "there is room");
    } else {
      Engine::check(ring.depth_hint() == 2, "two are inside");
      Engine::check(!ring.has_left(ring.pushed_mark()), "they have not left");
    }
    directed_by.end(index);
  }
  void after() {
    director::fall_silent();
    if (directed_by.was_kept(0) && directed_by.was_kept(1)) Engine::reached("as directed");
    Engine::check(ring.depth_hint() == 3, "now there are three");
  }

 private:
  void before_an_access(std::string_view function) {
    directed_by.arrive(Engine::thread(), function);
    if (function != "take" || was_beaten) return;
    was_beaten = true;
    Engine::check(rival.try_push(element(2)) == push_status::ok, "there is room");
  }
};

/// Whoever sees that all has left sees what was done before it was taken.
template <class Engine, class Kind>
struct what_has_left_tells {
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"has left"};
  using element = typename Kind::element;
  typename Kind::template ring<Engine> ring{1, ring_rows{1, 1}};
  typename Kind::template ring<Engine>::consumer consumer;
  typename Engine::template variable<int> done{0};

  void before() {
    auto producer = ring.try_make_producer();
    consumer = ring.try_make_consumer();
    Engine::check(producer.try_push(element(1)) == push_status::ok, "there is room");
    mark = ring.pushed_mark();
  }
  void thread(unsigned index) {
    element out(0);
    if (index == 0) {
      done.set(1);
      return Engine::check(consumer.try_pop(out) == pop_status::ok, "there is an element");
    }
    if (!ring.has_left(mark)) return;
    Engine::reached("has left");
    Engine::check(done.get() == 1, "it sees what the consumer did before");
  }
  void after() {}

 private:
  typename Kind::template ring<Engine>::mark mark = 0;
};

/// Whoever is told `closed`, by a push, a pop or the question, sees what the closer did before.
template <class Engine, class Kind>
struct close_tells {
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"told by a push", "told by a pop", "told by closed()"};
  using element = typename Kind::element;
  typename Kind::template ring<Engine> ring{1, ring_rows{1, 1}};
  typename Kind::template ring<Engine>::producer producer;
  typename Kind::template ring<Engine>::consumer consumer;
  typename Engine::template variable<int> done{0};

  void before() {
    producer = ring.try_make_producer();
    consumer = ring.try_make_consumer();
  }
  void thread(unsigned index) {
    if (index == 0) {
      done.set(1);
      return ring.close();
    }
    const char* by = told_by(Engine::choose(3));
    if (by == nullptr) return;
    Engine::reached(by);
    Engine::check(done.get() == 1, "it sees what the closer did before");
  }
  void after() {}

 private:
  [[nodiscard]] const char* told_by(unsigned which) {
    element out(0);
    if (which == 0) return producer.try_push(element(1)) == push_status::closed ? probes[0] : nullptr;
    if (which == 1) return consumer.try_pop(out) == pop_status::closed ? probes[1] : nullptr;
    return ring.closed() ? probes[2] : nullptr;
  }
};

/// Who completes the push of another one is the one who can tell of it.
template <class Engine, class Kind>
struct helper_knows_what_it_completed {
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"completed for another"};
  static constexpr std::array stops{stop{1, "look", 1, 0, "look", 2}, stop{0, "look", 2, 1, "", never}};
  using element = typename Kind::element;
  [[no_unique_address]] typename Kind::threads::template population<typename Engine::sync> living;
  typename Kind::template ring<Engine> ring{2, ring_rows{2, 1}};
  typename Kind::template ring<Engine>::producer asking;
  typename Kind::template ring<Engine>::producer helping;
  direction<stops.size()> directed_by{stops};

  void before() {
    asking = ring.try_make_producer();
    helping = ring.try_make_producer();
    directed_by.begin();
  }
  void thread(unsigned index) {
    if (index == 0) {
      Engine::check(asking.try_push(element(1)) != push_status::closed, "it is helped, or told that it is full");
    } else {
      Engine::check(helping.try_push(element(2)) == push_status::ok, "this place is not the other one's turn");
      static_cast<void>(helping.push_port().take_settled());
      const bool is_others = helping.try_push(element(3)) == push_status::full;  // else it has missed the request
      const auto settled = helping.push_port().take_settled();
      Engine::check(settled.pushed && !settled.popped, "it knows that a push was completed");
      if (is_others) Engine::reached(probes[0]);
    }
    directed_by.end(index);
  }
  void after() { director::fall_silent(); }
};

template <class Engine, class Visit>
void for_each_observation(Visit visit) {
  using enum side_count;
  using directed_many = exchange_kind<many_to_many, helped(0), counted, directed_threads>;
  using directed_once = exchange_kind<many_to_many, helped(1), counted, directed_threads>;
  visit.template operator()<depth_stays_within_capacity<Engine, exchange_kind<many_to_many, unhelped()>>>(
      "observed.depth");
  visit.template operator()<offer_is_not_inside<Engine, directed_once>>("observed.offer");
  visit.template operator()<what_has_left_tells<Engine, exchange_kind<many_to_many, helped(1)>>>(
      "observed.what_has_left");
  visit.template operator()<what_has_left_tells<Engine, exchange_kind<many_to_one, helped(1)>>>(
      "observed.what_has_left_one_consumer");
  visit.template operator()<close_tells<Engine, exchange_kind<many_to_many, helped(1)>>>("observed.close");
  visit.template operator()<close_tells<Engine, exchange_kind<many_to_many, unhelped()>>>("observed.close_lock_free");
  visit.template operator()<helper_knows_what_it_completed<Engine, directed_many>>("observed.completed_for_another");
}

}  // namespace tidegate::model
