// credit_account: the state of an account of credits, and how credits are taken, waited for and given back.
//
// Why `full` is exact: one load of one word says how many are free and whether it is closed; nothing is ever taken and
// put back. A compare-exchange is lost only to somebody else's change.
// Contract: flow/credits.hpp. Who waits in order: fair_line.hpp. How the total changes: credit_total.hpp.
//
// Protocol: [return] give(), close() → take(): what was done with credits happens before the next owner has them, and
//                    what came before the close before the answer `closed`.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <type_traits>
#include <variant>

#include "tidegate/base/cache_line.hpp"
#include "tidegate/base/config.hpp"
#include "tidegate/flow/acquire_status.hpp"
#include "tidegate/flow/credit_options.hpp"
#include "tidegate/flow/detail/credit_total.hpp"
#include "tidegate/flow/detail/credit_word.hpp"
#include "tidegate/flow/detail/fair_line.hpp"
#include "tidegate/flow/watermark.hpp"
#include "tidegate/wait/wait_point.hpp"

namespace tidegate::detail {

template <credit_options Options, class Sync>
class credit_account {
  using word = credit_word;
  static constexpr bool counts = Options.stats == stats_kind::counters;
  static constexpr bool keeps_taken = Options.check_returns || Options.watermarks;
  static_assert(Options.attempts > 0, "a call makes an attempt at least");

 public:
  static constexpr bool in_order = Options.order == waiter_order::fifo;
  using crowd_type =
      std::conditional_t<in_order, fair_line<Options.seats, Options.wait, Sync>, wait_point<Options.wait, Sync>>;
  using time_point = deadline::time_point;
  using change = numbered_credits::kind;

  credit_account(std::size_t total, std::size_t most_waiters, wait_budget budget) noexcept
      : most_waiters_(most_waiters), budget_(budget), total_(total), word_(word::with(total).bits()) {}

  // Taking.

  /// `ok`, `full`, `too_heavy`, `closed` or `contended`.
  acquire_status take(std::size_t count) noexcept {
    std::size_t all = 0;
    return take(count, count, all);
  }
  /// `count` is how many were taken, of `least` to `most`.
  acquire_status take(std::size_t least, std::size_t most, std::size_t& count) noexcept {
    for (unsigned attempt = 0; attempt < Options.attempts; ++attempt) {
      std::uint64_t bits = word_.load(order::acquire);  // [return] pairs with close()
      const word now(bits);
      if (now.closed()) return acquire_status::closed;
      if constexpr (in_order) {
        if (now.awaited()) {
          using after_service = typename crowd_type::after_service;
          // those who waited may have left without a word, or be served by what is free
          const after_service left = crowd_.serve(word_, attempt, Options.attempts);
          if (left == after_service::somebody_waits) return refusal(least);
          continue;
        }
      }
      if (least > word::most_credits || now.free() < static_cast<std::int64_t>(least)) return refusal(least);
      count = std::min(most, static_cast<std::size_t>(now.free()));
      // [return] pairs with give(): credits may have come and gone since the load, and the word be the same again
      if (word_.compare_exchange_weak(bits, now.less(count).bits(), order::acquire, order::relaxed)) {
        taken(count);
        return acquire_status::ok;
      }
    }
    return acquire_status::contended;
  }

  /// `ok`, `too_heavy`, `closed`, `timed_out`, `cancelled`, or `full` when too many wait. `gone()`, which is asked
  /// before each sleep, ends it with `closed`.
  template <class Gone>
  acquire_status take_until(std::size_t count, deadline until, const std::stop_token& stop, Gone&& gone) noexcept {
    one_by_one(count);
    if (stop.stop_requested()) return acquire_status::cancelled;
    if (gone()) return acquire_status::closed;
    const acquire_status status = take_calmly(count);
    return status != acquire_status::full ? status : wait(count, until, stop, gone);
  }

  /// A wake is for one credit: who waits for another number may use up what another one was woken for.
  static void one_by_one(std::size_t count) noexcept {
    if (Options.weights == weight_kind::unit && count != 1)
      abort_with("credits: none or several at once of credits that go one by one");
  }

  // Giving back.

  void give(std::size_t count) noexcept {
    no_more_taken(count, "credits: more were given back than were taken");
    const word before(word_.fetch_add(word::amount(count), order::release));  // [return] pairs with take()
    came_free(before, count);
    check_marks();
  }

  void forget(std::size_t count) noexcept {
    no_more_taken(count, "credits: more were forgotten than were taken");
    total_.apply(word_, change::forgets, count);
    call_all();
    check_marks();
  }

  std::size_t set_total(std::size_t total) noexcept {
    const std::size_t before = total_.apply(word_, change::sets, total);
    call_all();
    return before;
  }

  void close() noexcept {
    word_.fetch_or(word::closed_bit, order::release);  // [return] pairs with take(): what came before the close
    wake_all();
  }

  // Observations.

  [[nodiscard]] word look() const noexcept { return word(word_.load(order::relaxed)); }  // observation
  [[nodiscard]] std::size_t total() const noexcept { return total_.hint(); }
  [[nodiscard]] std::size_t waiting_hint() const noexcept { return waiting_.load(order::relaxed); }  // observation
  [[nodiscard]] std::size_t in_use_hint() const noexcept {
    for (;;) {
      if (const std::optional<std::size_t> used = total_.in_use(word_)) return *used;
    }
  }

  /// Everyone who waits looks again.
  void wake_all() noexcept {
    if constexpr (in_order) {
      crowd_.wake_all();
    } else {
      crowd_.notify(everyone);
    }
  }

  [[nodiscard]] crowd_type& crowd() noexcept { return crowd_; }
  [[nodiscard]] auto& counters() noexcept { return counters_; }
  [[nodiscard]] const auto& counters() const noexcept { return counters_; }
  [[nodiscard]] auto& mark() noexcept { return mark_; }

 private:
  /// What is told to who cannot have `count`.
  [[nodiscard]] acquire_status refusal(std::size_t count) const noexcept {
    return count > total() ? acquire_status::too_heavy : acquire_status::full;
  }

  /// As often as it takes.
  acquire_status take_calmly(std::size_t count) noexcept {
    acquire_status status = acquire_status::contended;
    while (status == acquire_status::contended) status = take(count);
    return status;
  }

  void taken(std::size_t count) noexcept {
    if constexpr (keeps_taken) taken_.fetch_add(count, order::relaxed);  // only the number counts
    if constexpr (counts) {
      if (const std::optional<std::size_t> used = total_.in_use(word_)) counters_.note(*used);
    }
    check_marks();
  }

  void no_more_taken(std::size_t count, const char* rule) noexcept {
    if constexpr (keeps_taken) {
      const std::size_t before = taken_.fetch_sub(count, order::relaxed);  // only the number counts
      if (Options.check_returns && before < count) abort_with(rule);
    }
  }

  void check_marks() noexcept {
    if constexpr (Options.watermarks) {
      if (!mark_) return;
      mark_->check([this]() noexcept { return taken_.load(order::relaxed); });  // ordered by the watermark
    }
  }

  template <class Gone>
  [[gnu::noinline]] acquire_status wait(std::size_t count, deadline until, const std::stop_token& stop,
                                        Gone&& gone) noexcept {
    const time_point start = Sync::now();
    acquire_status status = acquire_status::timed_out;
    if (!until.reached(start)) {
      if (!join()) {
        counters_.count_refused();
        return acquire_status::full;
      }
      status = in_the_crowd(count, until, stop, gone);
      waiting_.fetch_sub(1, order::relaxed);  // only the number counts
    }
    counters_.count_wait(Sync::now() - start, status);
    return status;
  }

  /// One more who waits, if there may be one.
  [[nodiscard]] bool join() noexcept {
    std::size_t others = waiting_.load(order::relaxed);
    while (others < most_waiters_) {
      // relaxed: who finds no vacant seat yet looks again
      if (waiting_.compare_exchange_weak(others, others + 1, order::relaxed, order::relaxed)) return true;
    }
    return false;
  }

  template <class Gone>
  acquire_status in_the_crowd(std::size_t count, deadline until, const std::stop_token& stop, Gone&& gone) noexcept {
    if constexpr (in_order) {
      const auto refused = [&]() noexcept {
        return look().closed() || gone() ? acquire_status::closed
               : count > total()         ? acquire_status::too_heavy
                                         : acquire_status::ok;
      };
      const acquire_status status = crowd_.wait(word_, count, until, stop, budget_, refused);
      if (status == acquire_status::ok) taken(count);
      return status;
    } else {
      acquire_status status = acquire_status::full;
      const auto attempt = [&]() noexcept {
        status = stop.stop_requested() ? acquire_status::cancelled
                 : gone()              ? acquire_status::closed
                                       : take_calmly(count);
        return status != acquire_status::full;
      };
      static_cast<void>(crowd_.wait(attempt, until, stop, budget_));  // the last attempt's status tells
      if (status == acquire_status::ok) return status;
      // what it may have been woken for is somebody else's now; of several credits everyone was told
      if constexpr (Options.weights == weight_kind::unit) crowd_.notify();
      return status == acquire_status::full ? acquire_status::timed_out : status;
    }
  }

  /// Credits have come back, to an account that was as `before`.
  void came_free(word before, std::size_t count) noexcept {
    if constexpr (in_order) {
      if (before.awaited()) static_cast<void>(crowd_.serve(word_));
    } else {
      const auto fewest = std::min<std::size_t>(count, everyone);
      crowd_.notify(Options.weights == weight_kind::unit ? static_cast<unsigned>(fewest) : everyone);
    }
  }

  /// The total has changed: more may be free, and who asks for more than there are is told.
  void call_all() noexcept {
    if constexpr (in_order) static_cast<void>(crowd_.serve(word_));
    wake_all();
  }

  const std::size_t most_waiters_;
  const wait_budget budget_;
  credit_total<Sync> total_;
  alignas(cache_line_bytes) typename Sync::template atomic<std::uint64_t> word_;  // see credit_word.hpp
  typename Sync::template atomic<std::size_t> taken_{0};  // kept for checks and watermarks; never above the truth
  alignas(cache_line_bytes) typename Sync::template atomic<std::size_t> waiting_{0};
  crowd_type crowd_;
  [[no_unique_address]] credit_counters<counts, Sync> counters_;
  [[no_unique_address]] std::conditional_t<Options.watermarks, std::optional<watermark<Sync>>, std::monostate> mark_;
};

}  // namespace tidegate::detail
