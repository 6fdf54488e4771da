// smoke.hpp: what a rival must get right before it may be timed: every element once, whole, in order.
//
// On one thread and on two, with every kind of call the adapter offers. The threads wait politely and give up by a
// deadline, so that a rival that loses an element is reported instead of hanging the run.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "bench/harness/message.hpp"
#include "bench/harness/rival.hpp"
#include "bench/harness/smoke_parts.hpp"

namespace tidegate::bench {

/// Runs `send` beside `receive`; both return whether they finished.
template <class Send, class Receive>
std::string smoke_two_threads(std::uint64_t count, Send&& send, Receive&& receive) {
  bool sent = false;
  std::thread sender([&] { sent = send(count); });
  std::string problem = receive(count);
  sender.join();
  if (problem.empty() && !sent) return "stayed full for 10 seconds";
  return problem;
}

template <class Queue, class Message>
std::string smoke_singly() {
  using traits = message_traits<Message>;
  constexpr std::uint64_t count = 100'000;
  const auto queue = std::make_unique<Queue>();
  const auto send = [&](std::uint64_t all) {
    for (std::uint64_t number = 1; number <= all; ++number) {
      const Message message = traits::make(number);
      if (!patiently([&] { return queue->try_push(message); })) return false;
    }
    return true;
  };
  const auto receive = [&](std::uint64_t all) {
    order_checker<Message> checker;
    while (checker.taken() < all) {
      Message message{};
      if (!patiently([&] { return queue->try_pop(message); })) break;
      checker.take(message);
    }
    return checker.problem_after(all);
  };
  return smoke_two_threads(count, send, receive);
}

/// Odd and changing sizes, so that calls are cut at the end of the ring and by fullness.
template <class Queue, class Message>
std::string smoke_bulk() {
  using traits = message_traits<Message>;
  constexpr std::uint64_t count = 100'000;
  constexpr std::size_t batch_max = 97;
  const auto queue = std::make_unique<Queue>();
  const auto send = [&](std::uint64_t all) {
    Message items[batch_max];
    for (std::uint64_t sent = 0; sent < all;) {
      const auto batch = static_cast<std::size_t>(std::min(sent * 7 % batch_max + 1, all - sent));
      for (std::size_t i = 0; i < batch; ++i) items[i] = traits::make(sent + i + 1);
      std::size_t accepted = 0;
      if (!patiently([&] { return (accepted = queue->try_push_n(items, batch)) != 0; })) return false;
      sent += accepted;
    }
    return true;
  };
  const auto receive = [&](std::uint64_t all) {
    order_checker<Message> checker;
    Message items[batch_max];
    while (checker.taken() < all) {
      const auto batch = static_cast<std::size_t>(std::min(checker.taken() * 5 % batch_max + 1, all - checker.taken()));
      std::size_t got = 0;
      if (!patiently([&] { return (got = queue->try_pop_n(items, batch)) != 0; })) break;
      for (std::size_t i = 0; i < got; ++i) checker.take(items[i]);
    }
    return checker.problem_after(all);
  };
  return smoke_two_threads(count, send, receive);
}

template <class Queue, class Message>
std::string smoke_blocking() {
  using traits = message_traits<Message>;
  constexpr std::uint64_t count = 100'000;
  const auto queue = std::make_unique<Queue>();
  const auto send = [&](std::uint64_t all) {
    for (std::uint64_t number = 1; number <= all; ++number) queue->push(traits::make(number));
    return true;
  };
  const auto receive = [&](std::uint64_t all) {
    order_checker<Message> checker;
    while (checker.taken() < all) {
      Message message{};
      queue->pop(message);
      checker.take(message);
    }
    return checker.problem_after(all);
  };
  return smoke_two_threads(count, send, receive);
}

/// Every call the adapter offers; empty when all is well, else the first problem.
template <class Queue, class Message, std::size_t Capacity>
std::string smoke_test() {
  std::string problem;
  const auto stage = [&](const char* name, std::string (*test)()) {
    if (!problem.empty()) return;
    problem = test();
    if (!problem.empty()) problem = std::string(name) + ": " + problem;
  };
  if constexpr (try_rival<Queue, Message>) {
    stage("one thread", [] { return smoke_one_thread<Queue, Message, Capacity>(); });
    stage("two threads", &smoke_singly<Queue, Message>);
  }
  if constexpr (bulk_rival<Queue, Message>) stage("bulk", &smoke_bulk<Queue, Message>);
  if constexpr (blocking_rival<Queue, Message>) stage("blocking", &smoke_blocking<Queue, Message>);
  return problem;
}

}  // namespace tidegate::bench
