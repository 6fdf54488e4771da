// credits.hpp: clients of credits. Every thread plays its part of a script; the answers of all together are held
// against an account, refusals included.
//
// A part is a string, a character a call; in capitals: of two credits.
//   a A  try_acquire                      r R  release, of what this thread has; else nothing
//   w W  acquire, which must succeed      d D  acquire with a deadline
//   v V  acquire that may be closed       c    close
//   0-9  set_total                        s    acquire with a stop token that thread's `x` stops
//   x    requests the stop                 f    forget one, of what this thread has; else nothing
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

#include "tests/linearizability/credit_account.hpp"
#include "tests/model/clients/call_record.hpp"
#include "tests/model/explorer/engine.hpp"
#include "tidegate/flow/capacity_limiter.hpp"

namespace tidegate::model {

struct credit_script {
  std::size_t total;
  std::array<char[6], 4> parts;
  unsigned count;
  unsigned may_freeze = 0;
  std::size_t max_waiters = any_number;
};

template <class Engine, credit_options Options>
class credit_player {
 public:
  explicit credit_player(const credit_script& played)
      : script_(played), account({.total = played.total, .max_waiters = played.max_waiters, .budget = {1, 1}}) {}

  void before() {}
  void thread(unsigned index) {
    for (const char call : std::string_view(script_.parts[index])) play(call, index);
  }
  void after() {
    calls.judge({.capacity = script_.total});
    if (Engine::frozen()) return;
    Engine::check(account.in_use_hint() == held(), "what is in use is what the threads hold");
    Engine::check(account.stats().waiting == 0, "nobody waits any more");
    if (account.closed()) return;
    // whoever left has left nothing behind that refuses others
    const std::int64_t free = account.free_hint();
    if (free > 0) {
      Engine::check(account.try_acquire(static_cast<std::size_t>(free)) == acquire_status::ok,
                    "what is free can be had");
    }
  }

 private:
  using record = call_record<Engine, test::credit_account>;
  using operation = test::operation;

  void play(char call, unsigned me) {
    const std::size_t count = call >= 'A' && call <= 'Z' ? 2 : 1;
    const auto until = Engine::sync::now() + std::chrono::microseconds(500);
    switch (call) {
      case 'a':
      case 'A':
        return acquire(count, me, [&] { return account.try_acquire(count); }, {most_steps, "steps of try_acquire"});
      case 'w':
      case 'W':
        return acquire(count, me, [&] {
          const acquire_status status = account.acquire(count);
          Engine::check(status == acquire_status::ok, "enough comes back");
          return status;
        });
      case 'd':
      case 'D':
        return acquire(count, me, [&] {
          const acquire_status status = account.acquire_until(count, until);
          const bool late = status == acquire_status::timed_out && Engine::sync::now() >= until;
          Engine::check(late || status != acquire_status::timed_out, "a wait does not end before its deadline");
          if (status == acquire_status::full) {
            Engine::reached("too many wait");
            Engine::check(script_.max_waiters != any_number, "there is room for who waits");
          }
          return status;
        });
      case 'v':
      case 'V': return acquire(count, me, [&] { return account.acquire(count); });
      case 's': return acquire(count, me, [&] { return account.acquire(count, stop.get_token()); });
      case 'x': return static_cast<void>(stop.request_stop());
      case 'r':
      case 'R': return give_back(count, me);
      case 'f': return forget(me);
      case 'c':
        return calls.note(test::operation_kind::close, 0, [&] {
          account.close();
          return operation::close(me);
        });
      default: set_total(static_cast<std::size_t>(call - '0'), me);
    }
  }

  /// Of a call that does not wait: each attempt, and each step of a service that looks at all seats.
  static constexpr unsigned most_steps =
      10 + Options.attempts * (Options.order == waiter_order::fifo ? 12 + Options.seats : 4);

  template <class Call>
  void acquire(std::size_t count, unsigned me, Call&& call, typename record::cost_limit limit = {1000}) {
    bool took = false;
    calls.note(operation::pending(test::operation_kind::push, me, count), limit, [&] {
      const acquire_status status = call();
      took = status == acquire_status::ok;
      if (status == acquire_status::contended) Engine::reached("contended");
      operation done = operation::push(me, count, push_status::cancelled);
      if (took) done.result = test::answer::ok;
      if (status == acquire_status::closed) done.result = test::answer::closed;
      // a refusal of who waits may be for others: too many wait, or it is their turn
      const bool may_be_another = Options.order == waiter_order::fifo && somebody_waits();
      const bool judged = !may_be_another && script_.max_waiters == any_number;
      if (judged && status == acquire_status::full) done.result = test::answer::refused;
      return done;
    });
    if (took) held_[me] += count;
    if (took && is_mutex()) owned.set(owned.get() + 1);  // else the explorer finds a race
  }

  void give_back(std::size_t count, unsigned me) {
    if (held_[me] < count) return;
    held_[me] -= count;
    if (is_mutex()) owned.set(owned.get() + 1);
    calls.note(test::operation_kind::pop, count, [&] {
      account.release(count);
      return operation::pop(me, pop_status::ok, count);
    });
  }

  void forget(unsigned me) {
    if (held_[me] == 0) return;
    --held_[me];
    constexpr std::uint64_t coded = test::credit_account::forgets + 1;
    calls.note(test::operation_kind::pop, coded, [&] {
      account.forget(1);
      return operation::pop(me, pop_status::ok, coded);
    });
  }

  void set_total(std::size_t total, unsigned me) {
    const std::uint64_t coded = test::credit_account::sets_total + total;
    calls.note(test::operation_kind::pop, coded, [&] {
      static_cast<void>(account.set_total(total));
      return operation::pop(me, pop_status::ok, coded);
    });
  }

  /// One credit, which whoever has it owns something by.
  [[nodiscard]] bool is_mutex() const { return script_.total == 1 && !somebody("0123456789"); }
  [[nodiscard]] bool somebody_waits() const { return somebody("wWdDvVs"); }

  /// In some part of the script.
  [[nodiscard]] bool somebody(std::string_view calls_one_of) const {
    for (const auto& part : script_.parts) {
      if (std::string_view(part).find_first_of(calls_one_of) != std::string_view::npos) return true;
    }
    return false;
  }

  [[nodiscard]] std::size_t held() const {
    std::size_t all = 0;
    for (const std::size_t each : held_) all += each;
    return all;
  }

  const credit_script& script_;
  record calls{1000};
  std::array<std::size_t, 4> held_{};
  typename Engine::template variable<int> owned{0};
  std::stop_source stop;
  credits<Options, typename Engine::sync> account;
};

template <class Engine, credit_options Options, credit_script Script>
struct plays_credits : credit_player<Engine, Options> {
  static constexpr unsigned threads = Script.count;
  static constexpr unsigned may_freeze = Script.may_freeze;
  static constexpr bool is_large = Script.count > 2;
  static constexpr credit_script played = Script;
  plays_credits() : credit_player<Engine, Options>(played) {}
};

/// Tells when a thread falls asleep.
struct sleep_telling_sync : model_sync {
  static inline model_atomic<unsigned>* sleeps = nullptr;
  static futex_outcome futex_wait(const atomic<std::uint64_t>& word, std::uint32_t expected, deadline until,
                                  site at = site::here()) noexcept {
    sleeps->store(1, order::release);  // [sleep] pairs with the client's load
    return model_sync::futex_wait(word, expected, until, at);
  }
};

/// Tells whether something holds when a thread falls asleep.
struct sleep_asking_sync : model_sync {
  static inline std::function<bool()> ask;
  static inline bool held = false;
  static futex_outcome futex_wait(const atomic<std::uint64_t>& word, std::uint32_t expected, deadline until,
                                  site at = site::here()) noexcept {
    held = ask();
    return model_sync::futex_wait(word, expected, until, at);
  }
};

/// Who gave a credit back has stopped before it could hand it out: who waits takes it at its deadline, at the latest.
template <class Engine>
struct serves_itself_at_its_deadline {
  static constexpr unsigned threads = 2;
  static constexpr unsigned may_freeze = 0b01;
  static constexpr std::array probes{"asleep beside a free credit"};
  static constexpr credit_options options{.order = waiter_order::fifo, .wait = wait_kind::park, .seats = 1};

  void before() {
    sleep_asking_sync::held = false;
    sleep_asking_sync::ask = [this] { return account.free_hint() == 1; };
    Engine::check(account.try_acquire() == acquire_status::ok, "one is free");
  }
  void thread(unsigned index) {
    if (index == 0) return account.release();
    const auto until = Engine::sync::now() + std::chrono::microseconds(500);
    const acquire_status status = account.acquire_until(1, until);
    if (sleep_asking_sync::held) Engine::reached("asleep beside a free credit");
    Engine::check(status == acquire_status::ok || !sleep_asking_sync::held, "credits come before the deadline");
  }
  void after() {}

 private:
  credits<options, typename Engine::sync> account{{.total = 1, .budget = {1, 1}}};
};

/// Who waits for credits for something leaves when that is gone.
template <class Engine, waiter_order Order>
struct leaves_when_it_is_gone {
  static constexpr unsigned threads = 2;
  static constexpr credit_options options{.order = Order, .wait = wait_kind::park, .seats = 1};

  void before() { Engine::check(account.try_acquire() == acquire_status::ok, "one is free"); }
  void thread(unsigned index) {
    if (index == 1) {
      is_gone.store(1, order::relaxed);
      return account.look_again();
    }
    const auto gone = [this]() noexcept { return is_gone.load(order::relaxed) != 0; };
    Engine::check(account.acquire_unless(gone, 1, deadline::time_point::max()) == acquire_status::closed, "gone");
  }
  void after() {
    account.release();
    Engine::check(account.try_acquire() == acquire_status::ok, "it has left");
  }

 private:
  typename Engine::sync::template atomic<unsigned> is_gone{0};
  credits<options, typename Engine::sync> account{{.total = 1, .budget = {1, 1}}};
};

/// A large request that waits is not passed by a small one that comes later: it gets what comes back first.
template <class Engine>
struct nobody_passes {
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  static constexpr std::array probes{"the large one sleeps", "it is not the small one's turn"};
  static constexpr credit_options options{.order = waiter_order::fifo, .wait = wait_kind::park, .seats = 2};

  void before() {
    sleep_telling_sync::sleeps = &sleeps;
    Engine::check(account.try_acquire(2) == acquire_status::ok, "two are free");
  }
  void thread(unsigned index) {
    if (index == 0) {
      Engine::check(account.acquire(2) == acquire_status::ok, "two come back");
      account.release(2);
    } else if (index == 1) {
      for (unsigned i = 1; i <= 2; ++i) {
        coming.store(i, order::relaxed);
        account.release();
      }
    } else if (sleeps.load(order::acquire) == 1) {
      Engine::reached("the large one sleeps");
      const acquire_status status = account.try_acquire();
      if (status == acquire_status::full) return Engine::reached("it is not the small one's turn");
      Engine::check(status == acquire_status::ok && coming.load(order::relaxed) == 2, "it has passed the large one");
      account.release();
    }
  }
  void after() { Engine::check(account.free_hint() == 2, "all are free again"); }

 private:
  typename Engine::sync::template atomic<unsigned> sleeps{0};
  typename Engine::sync::template atomic<unsigned> coming{0};
  credits<options, typename Engine::sync> account{{.total = 2, .budget = {1, 1}}};
};

/// Whoever is told `closed` comes after what came before the close.
template <class Engine, waiter_order Order>
struct closed_is_told_afterwards {
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"closed"};
  static constexpr credit_options options{.order = Order, .wait = wait_kind::park, .seats = 1};
  typename Engine::template variable<int> left{0};
  credits<options, typename Engine::sync> account{{.total = 1, .budget = {1, 1}}};

  void before() {}
  void thread(unsigned index) {
    if (index == 1) {
      left.set(1);
      return account.close();
    }
    if (account.try_acquire() == acquire_status::ok) return account.release();
    Engine::reached("closed");
    Engine::check(left.get() == 1, "what came before");
  }
  void after() {}
};

/// What is in use is seen as it is, while the total is changed by two.
template <class Engine>
struct in_use_is_of_one_total {
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  static constexpr credit_options options{.wait = wait_kind::park};
  credits<options, typename Engine::sync> account{{.total = 2, .budget = {1, 1}}};

  void before() { Engine::check(account.try_acquire() == acquire_status::ok, "one is in use"); }
  void thread(unsigned index) {
    if (index < 2) return static_cast<void>(account.set_total(4 + 3 * index));
    Engine::check(account.in_use_hint() == 1, "one is in use");
  }
  void after() { Engine::check(account.in_use_hint() == 1 && account.take_peak() == 1, "one is in use still"); }
};

/// The same by one, who does it often.
template <class Engine>
struct in_use_while_it_changes {
  static constexpr unsigned threads = 2;
  static constexpr credit_options options{.wait = wait_kind::park, .stats = stats_kind::off};
  credits<options, typename Engine::sync> account{{.total = 2, .budget = {1, 1}}};

  void before() { Engine::check(account.try_acquire() == acquire_status::ok, "one is in use"); }
  void thread(unsigned index) {
    if (index == 1) {
      Engine::check(account.in_use_hint() == 1, "one is in use");
      return;
    }
    for (const std::size_t total : {3u, 5u, 1u}) static_cast<void>(account.set_total(total));
  }
  void after() {}
};

/// What one thread is told, and what is counted.
template <class Engine>
struct credits_are_counted {
  static constexpr unsigned threads = 1;
  static constexpr credit_options barging{.wait = wait_kind::park, .check_returns = true};
  static constexpr credit_options fifo{.order = waiter_order::fifo, .wait = wait_kind::park, .seats = 2};
  using sync = typename Engine::sync;

  void before() {}
  void thread(unsigned) {
    counts(credits<barging, sync>({.total = 3, .budget = {1, 1}}));
    counts(credits<fifo, sync>({.total = 3, .budget = {1, 1}}));
    using largest = credits<barging, sync>;
    Engine::check(!largest::check({.total = largest::max_total}), "the largest total");
    Engine::check(static_cast<bool>(largest::check({.total = largest::max_total + 1})), "one more");
    largest all({.total = largest::max_total, .max_waiters = 0, .budget = {1, 1}});
    Engine::check(all.try_acquire(largest::max_total) == acquire_status::ok, "all of them");
    Engine::check(all.acquire_for(1, std::chrono::microseconds(1)) == acquire_status::full, "nobody may wait");
    all.release(largest::max_total);
    Engine::check(to_string(acquire_status::contended) == "contended", "a name");
    Engine::check(to_string(static_cast<acquire_status>(7)) == "invalid acquire_status", "no name");
    sources_are_ready();
    permits_hold();
  }
  void after() {}

 private:
  template <class Account>
  static void counts(Account&& account) {
    Engine::check(account.try_acquire(1) == acquire_status::ok && account.try_acquire(1) == acquire_status::ok, "two");
    Engine::check(account.take_peak() == 2 && account.stats().refused == 0, "counted");
    Engine::check(account.try_acquire(2) == acquire_status::full && account.stats().refused == 1, "refused once");
    Engine::check(account.try_acquire_some(2) == 1 && account.try_acquire_some(2) == 0, "one is left");
    std::stop_source stop;
    Engine::check(account.acquire_for(1, std::chrono::microseconds(1)) == acquire_status::timed_out, "none comes back");
    account.release(2);
    Engine::check(account.try_acquire_some(1) == 1, "no more than asked for");
    Engine::check(account.take_peak() == 3 && account.take_peak() == 2, "the most since, and now");
    account.set_total(0);
    Engine::check(account.try_acquire_some(2) == 0 && account.take_peak() == 2, "overdrawn");
    const credit_stats stats = account.stats();
    Engine::check(stats.refused == 1 && stats.timed_out == 1 && stats.cancelled == 0 && stats.waits == 1, "counts");
    account.release(2);
    Engine::check(account.set_total(3) == 0 && account.try_acquire(3) == acquire_status::ok, "raised");
    account.set_total(1);
    account.forget(2);
    Engine::check(account.total() == 0 && account.free_hint() == -1 && account.in_use_hint() == 1, "forgotten");
    account.release();
  }

  /// What is ready when.
  static void sources_are_ready() {
    credits<barging, sync> account({.total = 2, .budget = {1, 1}});
    Engine::check(account.acquire_source(2).ready(), "two are free");
    Engine::check(account.try_acquire() == acquire_status::ok, "one is left");
    Engine::check(account.acquire_source(1).ready() && !account.acquire_source(2).ready(), "and not two");
    Engine::check(account.acquire_source(3).ready(), "too heavy is an answer");
    account.close();
    Engine::check(account.acquire_source(2).ready(), "and so is closed");
    account.release();
  }

  static void permits_hold() {
    basic_capacity_limiter<barging, sync> limit(3);
    {
      const auto two = limit.try_acquire(2);
      const auto rest = limit.try_acquire_some(2);
      Engine::check(two.weight() == 2 && rest.weight() == 1, "all are taken");
      Engine::check(!limit.try_acquire() && !limit.try_acquire_some(1), "and no more");
      Engine::check(limit.try_acquire().status() == acquire_status::full, "and why");
    }
    auto all = limit.acquire(3);
    auto part = all.split(3);
    Engine::check(!all && part.weight() == 3, "split up to all");
    part.merge(std::move(all));
    limit.release(std::move(part));
    Engine::check(limit.free_hint() == 3, "all came back");
    auto kept = limit.acquire(2);
    auto& same = kept;
    kept.merge(std::move(same));
    Engine::check(kept.weight() == 2, "taken over from itself");
    auto one = kept.split(1);
    Engine::check(one.weight() == 1 && kept.weight() == 1 && !kept.split(2), "split");
    kept.merge(std::move(one));
    Engine::check(!one && kept.weight() == 2, "merged");
    one = kept.split(1);
    kept = std::move(one);
    Engine::check(limit.free_hint() == 2, "what it had before came back");
    kept.release();
    auto lost = limit.acquire(1);
    lost.forget();
    Engine::check(limit.total() == 2 && limit.free_hint() == 2, "forgotten");
  }
};

/// A stop request is counted, and told.
template <class Engine>
struct a_stop_is_counted {
  static constexpr unsigned threads = 2;
  credits<credit_options{.wait = wait_kind::park}, typename Engine::sync> account{{.total = 0, .budget = {1, 1}}};
  std::stop_source stop;

  void before() {}
  void thread(unsigned index) {
    if (index == 1) return static_cast<void>(stop.request_stop());
    account.set_total(1);
    Engine::check(account.try_acquire() == acquire_status::ok, "one");
    Engine::check(account.acquire(1, stop.get_token()) == acquire_status::cancelled, "told");
  }
  void after() {
    const credit_stats stats = account.stats();
    Engine::check(stats.cancelled <= 1 && stats.timed_out == 0 && stats.cancelled == stats.waits, "counted");
  }
};

template <class Engine, credit_options Options, class Visit>
void for_each_credit_script(const std::string& kind, Visit&& visit) {
  const auto add = [&]<credit_script Script>(const char* name) {
    visit.template operator()<plays_credits<Engine, Options, Script>>(kind + "." + name);
  };
  add.template operator()<credit_script{1, {"ar", "ar", "ar"}, 3}>("exact_1");
  add.template operator()<credit_script{2, {"ar", "Ar", "aA"}, 3}>("exact_2");
  add.template operator()<credit_script{2, {"arar", "ARA"}, 2}>("again");
  add.template operator()<credit_script{1, {"wr", "wr", "ar"}, 3}>("waiting");
  add.template operator()<credit_script{2, {"wr", "WR", "wr"}, 3}>("weights");
  add.template operator()<credit_script{1, {"wr", "dr", "r"}, 2}>("deadline");
  add.template operator()<credit_script{1, {"war", "dr", "dr"}, 3}>("deadlines");
  add.template operator()<credit_script{1, {"wr", "sr", "x"}, 3}>("stop");
  add.template operator()<credit_script{1, {"v", "v", "c"}, 3}>("closed");
  add.template operator()<credit_script{2, {"A1r", "ar", "2"}, 3}>("resized");
  add.template operator()<credit_script{2, {"vr", "Vr", "03"}, 3}>("raised");
  add.template operator()<credit_script{2, {"V", "V", "1c"}, 3}>("lowered_and_closed");
  add.template operator()<credit_script{2, {"1", "3", "AA"}, 3}>("resized_by_two");
  add.template operator()<credit_script{1, {"3", "2", "a"}, 3}>("raised_and_lowered");
  add.template operator()<credit_script{2, {"Arr", "ww"}, 2}>("one_after_the_other");
  add.template operator()<credit_script{1, {"wr", "wr"}, 2}>("of_two");
  add.template operator()<credit_script{1, {"drwr", "wr"}, 2}>("comes_again");
  add.template operator()<credit_script{2, {"A1f", "3", "a"}, 3}>("forgotten_beside_others");
  add.template operator()<credit_script{2, {"Af0f", "1"}, 2}>("forgotten_of_less");
  add.template operator()<credit_script{1, {"3", "2", "aA"}, 3, 0b001}>("stopped_resizer");
  add.template operator()<credit_script{1, {"dr", "dr", "dr"}, 3, 0, 1}>("one_may_wait");
  add.template operator()<credit_script{2, {"ar", "dr", "ar"}, 3, 0b001}>("stopped_with_one");
  add.template operator()<credit_script{2, {"dr", "Dr", "ar"}, 3, 0b001}>("stopped_waiter");
  add.template operator()<credit_script{2, {"D2", "dr", "dr"}, 3, 0b001}>("stopped_waiter_of_two");
}

template <class Engine, class Visit>
void for_each_credit_client(Visit&& visit) {
  constexpr credit_options barging{.wait = wait_kind::park, .attempts = 2};
  constexpr credit_options fifo{.order = waiter_order::fifo, .wait = wait_kind::park, .seats = 3, .attempts = 3};
  visit.template operator()<credits_are_counted<Engine>>("credits.counted");
  for_each_credit_script<Engine, barging>("credits_barging", visit);
  for_each_credit_script<Engine, fifo>("credits_fifo", visit);
  visit.template operator()<a_stop_is_counted<Engine>>("credits.stop_counted");
  visit.template operator()<closed_is_told_afterwards<Engine, waiter_order::barging>>("credits_barging.told_closed");
  visit.template operator()<closed_is_told_afterwards<Engine, waiter_order::fifo>>("credits_fifo.told_closed");
  visit.template operator()<in_use_is_of_one_total<Engine>>("credits.in_use");
  visit.template operator()<in_use_while_it_changes<Engine>>("credits.in_use_changing");
  visit.template operator()<leaves_when_it_is_gone<Engine, waiter_order::barging>>("credits_barging.gone");
  visit.template operator()<leaves_when_it_is_gone<Engine, waiter_order::fifo>>("credits_fifo.gone");
  visit.template operator()<serves_itself_at_its_deadline<explorer_engine<sleep_asking_sync>>>(
      "credits_fifo.serves_itself");
  visit.template operator()<nobody_passes<explorer_engine<sleep_telling_sync>>>("credits_fifo.nobody_passes");
}

}  // namespace tidegate::model
