// operations.hpp: the operations that a thread is stopped in, each a call on a queue.
//
// `by`: whose operation it is.  `batch`: whether it is on up to `count` elements; otherwise it is on one. The answer is
// how many it put in or took out; `wrong_status` when it said neither `ok` nor that there was no room, or no element.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>

#include "tidegate/base/status.hpp"

namespace tidegate::test {

enum class role : std::uint8_t { producer, consumer, bystander };

inline constexpr std::size_t wrong_status = std::numeric_limits<std::size_t>::max();

[[nodiscard]] constexpr std::size_t count_of(push_status status) noexcept {
  return status == push_status::ok ? 1 : status == push_status::full ? 0 : wrong_status;
}
[[nodiscard]] constexpr std::size_t count_of(pop_status status) noexcept {
  return status == pop_status::ok ? 1 : status == pop_status::empty ? 0 : wrong_status;
}

// By the producer, of the `count` elements `given`.

struct try_push {
  static constexpr role by = role::producer;
  static constexpr bool batch = false;
  template <class Queue, class T>
  static std::size_t call(Queue& queue, T* given, std::size_t) noexcept {
    return count_of(queue.try_push(std::move(*given)));
  }
};

struct try_emplace {
  static constexpr role by = role::producer;
  static constexpr bool batch = false;
  template <class Queue, class T>
  static std::size_t call(Queue& queue, T* given, std::size_t) noexcept {
    return count_of(queue.try_emplace(std::move(*given)));
  }
};

struct try_push_n {
  static constexpr role by = role::producer;
  static constexpr bool batch = true;
  template <class Queue, class T>
  static std::size_t call(Queue& queue, T* given, std::size_t count) noexcept {
    return queue.try_push_n(given, count);
  }
};

/// The element that had to go is put behind the one that was given.
struct push_evict {
  static constexpr role by = role::producer;
  static constexpr bool batch = false;
  template <class Queue, class T>
  static std::size_t call(Queue& queue, T* given, std::size_t) noexcept {
    const auto keep = [given](T&& victim) noexcept { given[1] = std::move(victim); };
    return accepted(queue.push_evict(std::move(*given), keep)) ? 1 : wrong_status;
  }
};

struct claim_and_publish {
  static constexpr role by = role::producer;
  static constexpr bool batch = true;
  template <class Queue, class T>
  static std::size_t call(Queue& queue, T* given, std::size_t count) noexcept {
    auto claimed = queue.try_claim(count);
    const std::size_t granted = claimed.count();
    for (std::size_t i = 0; i < granted; ++i) claimed.emplace(std::move(given[i]));
    claimed.publish(granted);
    return granted;
  }
};

// By the consumer, to the `count` elements `taken`.

struct try_pop {
  static constexpr role by = role::consumer;
  static constexpr bool batch = false;
  template <class Queue, class T>
  static std::size_t call(Queue& queue, T* taken, std::size_t) noexcept {
    return count_of(queue.try_pop(*taken));
  }
};

struct try_consume {
  static constexpr role by = role::consumer;
  static constexpr bool batch = false;
  template <class Queue, class T>
  static std::size_t call(Queue& queue, T* taken, std::size_t) noexcept {
    return count_of(queue.try_consume([taken](T&& element) noexcept { *taken = std::move(element); }));
  }
};

struct try_pop_n {
  static constexpr role by = role::consumer;
  static constexpr bool batch = true;
  template <class Queue, class T>
  static std::size_t call(Queue& queue, T* taken, std::size_t count) noexcept {
    return queue.try_pop_n(taken, count);
  }
};

struct peek_and_release {
  static constexpr role by = role::consumer;
  static constexpr bool batch = true;
  template <class Queue, class T>
  static std::size_t call(Queue& queue, T* taken, std::size_t count) noexcept {
    auto shown = queue.try_peek(count);
    const std::size_t seen = shown.count();
    for (std::size_t i = 0; i < seen; ++i) taken[i] = std::move(shown[i]);
    shown.release(seen);
    return seen;
  }
};

// By a third thread.

struct close_queue {
  static constexpr role by = role::bystander;
  static constexpr bool closes = true;
  template <class Queue>
  static std::size_t call(Queue& queue) noexcept {
    queue.close();
    return 0;
  }
};

struct observe_depth {
  static constexpr role by = role::bystander;
  static constexpr bool closes = false;
  template <class Queue>
  static std::size_t call(Queue& queue) noexcept {
    return queue.depth_hint();
  }
};

}  // namespace tidegate::test
