// numbered.hpp: pushes and pops of elements that carry consecutive numbers, checked one by one.
#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include "tests/contract/elements.hpp"
#include "tests/freeze/scenario.hpp"
#include "tidegate/base/status.hpp"

namespace tidegate::test {

/// The others make at least so many calls while a thread is stopped.
inline constexpr std::size_t calls_while_stopped = 200;

template <class Status>
struct passed {
  std::size_t count = 0;
  Status refusal{};   // the answer to the call after those
  std::string fault;  // empty when all was right
};

/// Pushes elements numbered from `first` on until one is refused, which must not be moved from.
template <class Queue>
[[nodiscard]] passed<push_status> push_until_refused(Queue& queue, std::size_t first) {
  constexpr std::size_t endless = 10'000;
  passed<push_status> result;
  for (; result.count < endless; ++result.count) {
    const auto id = static_cast<unsigned>(first + result.count);
    auto element = make_element<typename Queue::value_type>(id);
    result.refusal = queue.try_push(std::move(element));
    if (result.refusal == push_status::ok) continue;
    if (id_of(element) != id) result.fault = text("a push answered ", to_string(result.refusal), " and took ", id);
    return result;
  }
  result.fault = "pushes are never refused";
  return result;
}

/// Pops until a pop is refused. The elements must be numbered from `first` on.
template <class Queue>
[[nodiscard]] passed<pop_status> pop_until_refused(Queue& queue, std::size_t first) {
  passed<pop_status> result;
  typename Queue::value_type out{};
  while ((result.refusal = queue.try_pop(out)) == pop_status::ok) {
    if (id_of(out) != first + result.count) {
      result.fault = text("popped ", id_of(out), " where ", first + result.count, " was next");
      return result;
    }
    ++result.count;
  }
  return result;
}

/// The queue, which holds nothing, has all its credits and no more, and gives back what is put into it.
template <class Queue>
[[nodiscard]] std::string expect_whole(Queue& queue, std::size_t capacity) {
  const auto pushed = push_until_refused(queue, 0);
  if (!pushed.fault.empty()) return pushed.fault;
  if (pushed.refusal != push_status::full || pushed.count != capacity) {
    return text("afterwards ", pushed.count, " of ", capacity, " fit, then ", to_string(pushed.refusal));
  }
  const auto popped = pop_until_refused(queue, 0);
  if (!popped.fault.empty()) return popped.fault;
  if (popped.refusal != pop_status::empty || popped.count != capacity) {
    return text("afterwards ", popped.count, " of ", capacity, " come out, then ", to_string(popped.refusal));
  }
  static_cast<void>(push_until_refused(queue, 0));  // some work for the destructor
  return {};
}

}  // namespace tidegate::test
