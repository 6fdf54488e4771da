// smoke.hpp: what a rival must get right before it may be timed: every element once, whole, each producer's in order.
//
// On one thread, and with two producers and two consumers, with every kind of call the adapter offers. Order between
// two producers is not asked for: some rivals do not promise it. One that does not even keep a producer's order says
// so: its adapter has a constant `keeps_order`, which is false, and then order is asked for on one thread only.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "bench/harness/message.hpp"
#include "bench/harness/rival.hpp"
#include "bench/harness/smoke_parts.hpp"
#include "bench/harness/team_run.hpp"
#include "bench/mpmc/regimes.hpp"

namespace tidegate::bench::mpmc {

/// The numbers that each consumer took, in its order; 0 for an element that was not whole.
using delivery_logs = std::vector<std::vector<std::uint64_t>>;

/// Empty when all is well. Producer p has sent the numbers p * each + 1 to (p + 1) * each, in this order; `in_order`:
/// and no consumer may see it change.
[[nodiscard]] inline std::string judge_deliveries(const delivery_logs& logs, unsigned producers, std::uint64_t each,
                                                  bool in_order = true) {
  const std::uint64_t all = producers * each;
  std::vector<bool> seen(all + 1);
  std::uint64_t arrived = 0;
  for (const std::vector<std::uint64_t>& log : logs) {
    std::vector<std::uint64_t> latest(producers);
    for (const std::uint64_t number : log) {
      if (number == 0) return "an element is torn";
      if (number > all) return "an element reads as " + std::to_string(number) + ", which nobody sent";
      if (seen[number]) return "element " + std::to_string(number) + " arrived twice";
      seen[number] = true;
      ++arrived;
      std::uint64_t& last = latest[(number - 1) / each];
      if (in_order && number < last) return "element " + std::to_string(number) + " came after " + std::to_string(last);
      last = number;
    }
  }
  if (arrived == all) return {};
  return "only " + std::to_string(arrived) + " of " + std::to_string(all) + " elements arrived";
}

/// How elements are moved. Both calls move at most n and say how many; none when the time is over.
template <class Message>
struct by_tries {
  static constexpr std::size_t most = 1;

  template <class Producer>
  static std::size_t send(Producer& producer, Message* items, std::size_t, std::uint64_t patience_ns) {
    return patiently([&] { return producer.try_push(*items); }, patience_ns) ? 1 : 0;
  }
  template <class Consumer>
  static std::size_t receive(Consumer& consumer, Message* items, std::size_t, std::uint64_t patience_ns) {
    return patiently([&] { return consumer.try_pop(*items); }, patience_ns) ? 1 : 0;
  }
};

template <class Message>
struct by_bulk_tries {
  static constexpr std::size_t most = 97;

  template <class Producer>
  static std::size_t send(Producer& producer, Message* items, std::size_t n, std::uint64_t patience_ns) {
    std::size_t accepted = 0;
    static_cast<void>(patiently([&] { return (accepted = producer.try_push_n(items, n)) != 0; }, patience_ns));
    return accepted;
  }
  template <class Consumer>
  static std::size_t receive(Consumer& consumer, Message* items, std::size_t n, std::uint64_t patience_ns) {
    std::size_t got = 0;
    static_cast<void>(patiently([&] { return (got = consumer.try_pop_n(items, n)) != 0; }, patience_ns));
    return got;
  }
};

template <class Message>
struct by_blocking {
  static constexpr std::size_t most = 1;

  template <class Producer>
  static std::size_t send(Producer& producer, Message* items, std::size_t, std::uint64_t) {
    producer.push(*items);
    return 1;
  }
  template <class Consumer>
  static std::size_t receive(Consumer& consumer, Message* items, std::size_t, std::uint64_t) {
    consumer.pop(*items);
    return 1;
  }
};

/// Sends the numbers `first` to `first + count - 1` in calls of changing size; false when the queue stayed full.
template <class Calls, class Message, class Producer>
bool send_numbers(Producer& producer, std::uint64_t first, std::uint64_t count, std::uint64_t patience_ns) {
  Message items[Calls::most] = {};
  for (std::uint64_t sent = 0; sent < count;) {
    const auto n = static_cast<std::size_t>(std::min(sent * 7 % Calls::most + 1, count - sent));
    for (std::size_t i = 0; i < n; ++i) items[i] = message_traits<Message>::make(first + sent + i);
    const std::size_t accepted = Calls::send(producer, items, n, patience_ns);
    if (accepted == 0) return false;
    sent += accepted;
  }
  return true;
}

/// The numbers of the next `count` elements; fewer when the queue stayed empty.
template <class Calls, class Message, class Consumer>
std::vector<std::uint64_t> receive_numbers(Consumer& consumer, std::uint64_t count, std::uint64_t patience_ns) {
  using traits = message_traits<Message>;
  Message items[Calls::most] = {};
  std::vector<std::uint64_t> log;
  log.reserve(count);
  while (log.size() < count) {
    const auto n = static_cast<std::size_t>(std::min(log.size() * 5 % Calls::most + 1, count - log.size()));
    const std::size_t got = Calls::receive(consumer, items, n, patience_ns);
    if (got == 0) break;
    for (std::size_t i = 0; i < got; ++i) log.push_back(traits::whole(items[i]) ? traits::number(items[i]) : 0);
  }
  return log;
}

/// Two producers and two consumers, wherever the scheduler puts them.
template <class Queue, class Message, template <class> class Calls>
std::string smoke_team(std::uint64_t patience_ns = smoke_patience_ns) {
  constexpr crew threads{2, 2};
  constexpr std::uint64_t each = 10'000;
  constexpr std::uint64_t share = each * threads.producers / threads.consumers;
  const auto queue = allocate_queue<Queue>(threads);
  start_gate gate(threads.producers + threads.consumers, true);  // all have their handles before anybody starts
  std::atomic<bool> stuck{false};
  const auto send = [&](unsigned place) {
    auto&& producer = producer_of(*queue);
    gate.wait();
    const bool sent = send_numbers<Calls<Message>, Message>(producer, place * each + 1, each, patience_ns);
    if (!sent) stuck.store(true, order::relaxed);  // read after the join
  };
  const auto receive = [&](std::vector<std::uint64_t>& log) {
    auto&& consumer = consumer_of(*queue);
    gate.wait();
    log = receive_numbers<Calls<Message>, Message>(consumer, share, patience_ns);
  };
  delivery_logs logs(threads.consumers);
  std::vector<std::thread> team;
  for (unsigned place = 0; place < threads.producers; ++place) team.emplace_back(send, place);
  for (std::vector<std::uint64_t>& log : logs) team.emplace_back(receive, std::ref(log));
  for (std::thread& one : team) one.join();
  if (stuck.load(order::relaxed)) return "stayed full too long";  // after the join
  return judge_deliveries(logs, threads.producers, each, keeps_order<Queue>());
}

/// Every call the adapter offers; empty when all is well, else the first problem.
template <class Queue, class Message, std::size_t Capacity = capacity>
std::string smoke_test() {
  std::string problem;
  const auto stage = [&](const char* name, auto test) {
    if (!problem.empty()) return;
    problem = test();
    if (!problem.empty()) problem = std::string(name) + ": " + problem;
  };
  if constexpr (try_rival<Queue, Message>) {
    stage("one thread", [] { return smoke_one_thread<Queue, Message, Capacity>(); });
    stage("four threads", [] { return smoke_team<Queue, Message, by_tries>(); });
  }
  if constexpr (bulk_rival<Queue, Message>) stage("bulk", [] { return smoke_team<Queue, Message, by_bulk_tries>(); });
  if constexpr (blocking_rival<Queue, Message>) {
    stage("blocking", [] { return smoke_team<Queue, Message, by_blocking>(); });
  }
  return problem;
}

}  // namespace tidegate::bench::mpmc
