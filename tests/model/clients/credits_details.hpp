// credits_details.hpp: small clients of single lines of credits, where a script would need more than a search has.
#pragma once

#include <array>
#include <cstddef>
#include <string>

#include "tests/model/clients/credits.hpp"
#include "tests/model/clients/exchange_ring/directed.hpp"
#include "tests/model/explorer/engine.hpp"
#include "tidegate/flow/credits.hpp"

namespace tidegate::model {

/// Who was woken for the one credit that came back, and leaves without it, wakes the next one. That one tells whoever
/// waits for what is gone, so that nobody else's wake hides a lost one.
template <class Engine>
struct hands_its_wake_on {
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  static constexpr std::array probes{"it has left"};
  static constexpr credit_options options{
      .weights = weight_kind::unit, .wait = wait_kind::park, .stats = stats_kind::off};

  void before() { Engine::check(account.try_acquire() == acquire_status::ok, "one is free"); }
  void thread(unsigned index) {
    if (index == 0) {
      is_gone.store(1, order::relaxed);
      return account.release();
    }
    if (index == 1) {
      const auto gone = [this]() noexcept { return is_gone.load(order::relaxed) != 0; };
      const acquire_status status = account.acquire_unless(gone, 1, deadline::time_point::max());
      if (status == acquire_status::closed) return Engine::reached("it has left");
    } else {
      Engine::check(account.acquire() == acquire_status::ok, "one comes back");
      account.look_again();
    }
    account.release();
  }
  void after() { Engine::check(account.free_hint() == 1, "it came back"); }

 private:
  typename Engine::sync::template atomic<unsigned> is_gone{0};
  credits<options, typename Engine::sync> account{{.total = 1, .budget = {1, 1}}};
};

/// T0 gives two back, grants one to T1 and stops; T1 leaves its seat to T2, which sits down and stops before it has
/// said so; T1 offers it the other one. T0, which knows the seat as granted, finishes that offer.
inline constexpr std::array grants_one_seat_twice{
    stop{2, "take", 1, 1, "register_sleeper", 1}, stop{0, "give", 1, 2, "sit_down", 1},
    stop{2, "sit_down", 1, 1, "serve", 2},        stop{0, "serve", 4, 1, "serve", 4},
    stop{1, "serve", 2, 2, "announce", 1},        stop{1, "serve", 4, 0, "", never},
    stop{2, "announce", 1, 0, "", never},
};

template <class Engine, const auto& Stops>
struct an_offer_shows_its_seat {
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  static constexpr std::array probes{"as directed"};
  static constexpr credit_options options{.order = waiter_order::fifo,
                                          .wait = wait_kind::park,
                                          .stats = stats_kind::off,
                                          .seats = 2,
                                          .check_returns = false};

  an_offer_shows_its_seat() { director::fall_silent(); }
  void before() {
    Engine::check(account.try_acquire(2) == acquire_status::ok, "two are free");
    stops.begin();
  }
  void thread(unsigned index) {
    if (index == 0) {
      account.release(2);
    } else {
      Engine::check(account.acquire() == acquire_status::ok, "two come back");
    }
    stops.end(index);
  }
  void after() {
    director::fall_silent();
    bool all = true;
    for (std::size_t i = 0; i < Stops.size(); ++i) all = all && (stops.was_kept(i) || !Stops[i].is_usual);
    if (all) Engine::reached("as directed");
    Engine::check(account.free_hint() == 0, "both have one");
  }

 private:
  direction<Stops.size()> stops{Stops};
  credits<options, directed<typename Engine::sync>> account{{.total = 2, .budget = {1, 1}}};
};

template <class Engine, class Visit, class Quick, class Directed>
void for_each_credit_detail(Visit&& visit, Quick&& quick, Directed&& directed) {
  constexpr credit_options unit{
      .weights = weight_kind::unit, .wait = wait_kind::park, .stats = stats_kind::off, .attempts = 2};
  constexpr credit_options barging{.wait = wait_kind::park, .stats = stats_kind::off, .attempts = 2};
  const auto add = [&]<credit_options Options, credit_script Script>(const char* name) {
    visit.template operator()<plays_credits<Engine, Options, Script>>(name);
  };
  add.template operator()<unit, credit_script{1, {"ar", "ar"}, 2}>("credits_unit.exact");
  add.template operator()<unit, credit_script{1, {"wr", "wr"}, 2}>("credits_unit.waiting");
  add.template operator()<barging, credit_script{2, {"wc", "VR", "Ar"}, 3}>("credits_barging.all_are_woken");
  quick.template operator()<hands_its_wake_on<Engine>>("credits_unit.hands_its_wake_on");
  directed.template operator()<an_offer_shows_its_seat<Engine, grants_one_seat_twice>>(
      "credits_fifo.an_offer_shows_its_seat");
}

}  // namespace tidegate::model
