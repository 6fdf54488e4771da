// recorded_traffic.hpp: a producer and a consumer of one queue, whose calls of every form are recorded.
//
// The queue holds 64-bit numbers, offers the calls of the forms it is used with, and is not closed by its consumer.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <utility>

#include "tests/linearizability/recorder.hpp"
#include "tidegate/base/status.hpp"

namespace tidegate::test {

enum class call_form {
  single,    ///< try_push, try_pop
  bulk,      ///< try_push_n, try_pop_n
  in_place,  ///< try_claim → publish, try_peek → release; sometimes less than was granted
  blocking,  ///< push, push_for, pop, pop_for: some time out
  evicting,  ///< push_evict, try_pop
};

/// The most that one call moves.
inline constexpr std::size_t largest_batch = 16;

/// Pushes `first`, `first` + 1 ... `Calls` is the queue, or a handle of it.
template <class Queue, class Calls = Queue>
class recorded_producer {
 public:
  recorded_producer(Queue& queue, recorder& record, std::uint64_t seed)
      : recorded_producer(queue, queue, record, seed) {}
  recorded_producer(Queue& queue, Calls& calls, recorder& record, std::uint64_t seed, std::uint64_t first = 1)
      : queue_(queue), calls_(calls), record_(record), random_(seed), first_(first) {}

  /// One call that pushes at most `most` values; true when it pushed some.
  bool push(call_form form, std::size_t most) {
    const std::uint64_t before = next_;
    const std::size_t wanted = 1 + random_() % std::min(most, largest_batch);
    if (form == call_form::single) push_one([this] { return calls_.try_push(next_); });
    if constexpr (requires { calls_.try_push_n(&next_, 1); }) {
      if (form == call_form::bulk) push_many(wanted);
    }
    if constexpr (requires { calls_.try_claim(1); }) {
      if (form == call_form::in_place) claim(wanted);
    }
    if constexpr (requires { calls_.push(std::uint64_t{}); }) {
      if (form == call_form::blocking) push_one([this] { return wait_to_push(); });
    }
    if constexpr (requires { calls_.push_evict(std::uint64_t{}); }) {
      if (form == call_form::evicting) evict();
    }
    return next_ != before;
  }

  void close() {
    record_.close([this] { queue_.close(); });
  }

  [[nodiscard]] std::uint64_t pushed() const noexcept { return next_ - first_; }

 private:
  template <class Call>
  void push_one(Call&& call) {
    if (record_.push(next_, std::forward<Call>(call)) == push_status::ok) ++next_;
  }

  push_status wait_to_push() {
    std::uint64_t value = next_;
    if (random_() % 4 != 0) return calls_.push(std::move(value));
    return calls_.push_for(std::move(value), std::chrono::microseconds(random_() % 50));
  }

  void push_many(std::size_t count) {
    std::array<std::uint64_t, largest_batch> values;
    for (std::size_t i = 0; i < count; ++i) values[i] = next_ + i;
    const std::uint64_t invoked = stamp_before();
    finish(invoked, calls_.try_push_n(values.data(), count));
  }

  /// Recorded as a pop of the victim and a push, of which neither is the first.
  void evict() {
    std::uint64_t victim = 0;
    const std::uint64_t invoked = stamp_before();
    const auto keep = [&victim](std::uint64_t&& oldest) noexcept { victim = oldest; };
    const push_status status = calls_.push_evict(std::uint64_t{next_}, keep);
    if (status == push_status::evicted) record_.popped(invoked, std::span(&victim, 1), pop_status::ok);
    record_.pushed(invoked, std::span(&next_, accepted(status) ? 1 : 0), status);
    if (accepted(status)) ++next_;
  }

  void claim(std::size_t count) {
    const std::uint64_t invoked = stamp_before();
    auto claim = calls_.try_claim(count);
    std::uint64_t value = next_;
    for (auto span : claim.spans()) {
      for (auto& slot : span) slot = value++;
    }
    const std::size_t published = claim.count() == 0 ? 0 : 1 + random_() % claim.count();
    claim.publish(published);
    finish(invoked, published);
  }

  /// Records that a call pushed `count` values.
  void finish(std::uint64_t invoked, std::size_t count) {
    std::array<std::uint64_t, largest_batch> values;
    for (std::size_t i = 0; i < count; ++i) values[i] = next_++;
    // None: the ring was full, or closed. When it is closed by now, it is not known which.
    const push_status otherwise = queue_.closed() ? push_status::cancelled : push_status::full;
    record_.pushed(invoked, std::span(values).first(count), otherwise);
  }

  Queue& queue_;
  Calls& calls_;
  recorder& record_;
  std::mt19937_64 random_;
  const std::uint64_t first_;
  std::uint64_t next_ = first_;
};

template <class Queue, class Calls = Queue>
class recorded_consumer {
 public:
  recorded_consumer(Queue& queue, recorder& record, std::uint64_t seed)
      : recorded_consumer(queue, queue, record, seed) {}
  recorded_consumer(Queue& queue, Calls& calls, recorder& record, std::uint64_t seed)
      : queue_(queue), calls_(calls), record_(record), random_(seed) {}

  /// One call that pops at most `most` values; its answer.
  pop_status pop(call_form form, std::size_t most) {
    const std::size_t wanted = 1 + random_() % std::min(most, largest_batch);
    if constexpr (requires(std::uint64_t * out) { calls_.try_pop_n(out, 1); }) {
      if (form == call_form::bulk) return pop_many(wanted);
    }
    if constexpr (requires { calls_.try_peek(1); }) {
      if (form == call_form::in_place) return peek(wanted);
    }
    if constexpr (requires(std::uint64_t & out) { calls_.pop(out); }) {
      if (form == call_form::blocking) return record_.pop([this](std::uint64_t& out) { return wait_to_pop(out); });
    }
    return record_.pop([this](std::uint64_t& out) { return calls_.try_pop(out); });
  }

 private:
  pop_status wait_to_pop(std::uint64_t& out) {
    if (random_() % 4 != 0) return calls_.pop(out);
    return calls_.pop_for(out, std::chrono::microseconds(random_() % 50));
  }

  pop_status pop_many(std::size_t count) {
    std::array<std::uint64_t, largest_batch> values;
    const std::uint64_t invoked = stamp_before();
    const std::size_t popped = calls_.try_pop_n(values.data(), count);
    return finish(invoked, std::span(values).first(popped));
  }

  pop_status peek(std::size_t count) {
    std::array<std::uint64_t, largest_batch> values;
    const std::uint64_t invoked = stamp_before();
    auto peek = calls_.try_peek(count);
    const std::size_t released = peek.count() == 0 ? 0 : 1 + random_() % peek.count();
    for (std::size_t i = 0; i < released; ++i) values[i] = shown(peek, i);
    peek.release(released);
    return finish(invoked, std::span(values).first(released));
  }

  template <class Peek>
  [[nodiscard]] static std::uint64_t shown(const Peek& peek, std::size_t i) {
    const auto spans = peek.spans();
    return i < spans[0].size() ? spans[0][i] : spans[1][i - spans[0].size()];
  }

  /// Records that a call popped these values.
  pop_status finish(std::uint64_t invoked, std::span<const std::uint64_t> values) {
    const pop_status otherwise = why_none();
    record_.popped(invoked, values, otherwise);
    return values.empty() ? otherwise : pop_status::ok;
  }

  /// Why a call popped nothing. When the queue does not tell and is closed by now, it is not known.
  [[nodiscard]] pop_status why_none() {
    if constexpr (requires { queue_.ended(); }) return queue_.ended() ? pop_status::closed : pop_status::empty;
    return queue_.closed() ? pop_status::cancelled : pop_status::empty;
  }

  Queue& queue_;
  Calls& calls_;
  recorder& record_;
  std::mt19937_64 random_;
};

}  // namespace tidegate::test
