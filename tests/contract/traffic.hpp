// traffic.hpp: producers and consumers at full speed through one queue, and an account of every ticket.
//
// As many threads on each side as the kind allows. A ticket is lost, doubled or out of order, or the account balances.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <latch>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/contract/kinds.hpp"
#include "tests/contract/support.hpp"

namespace tidegate::test {

/// How the threads call the queue.
enum class traffic_form { single, bulk, in_place, blocking };

/// A number that tells its producer and its place in that producer's order.
using ticket = std::uint64_t;
[[nodiscard]] constexpr ticket make_ticket(unsigned producer, std::uint32_t number) noexcept {
  return ticket{producer} << 32 | number;
}

/// What was received, by producer. Every consumer has its own and they are added up at the end.
class receipts {
 public:
  receipts(unsigned producers, std::uint32_t each) : last_(producers, 0), got_(producers, std::vector<bool>(each)) {}

  void take(ticket received) {
    const std::size_t producer = received >> 32;
    const auto number = static_cast<std::uint32_t>(received);
    if (producer >= got_.size() || number >= got_[producer].size()) return complain("never pushed", received);
    if (got_[producer][number]) return complain("received twice", received);
    if (number < last_[producer]) return complain("out of order", received);
    last_[producer] = number;
    got_[producer][number] = true;
  }

  void merge(const receipts& other) {
    for (std::size_t producer = 0; producer < got_.size(); ++producer) {
      for (std::size_t number = 0; number < got_[producer].size(); ++number) {
        if (!other.got_[producer][number]) continue;
        if (got_[producer][number]) complain("received by two", make_ticket(0, static_cast<std::uint32_t>(number)));
        got_[producer][number] = true;
      }
    }
  }

  [[nodiscard]] std::size_t missing() const {
    std::size_t count = 0;
    for (const auto& numbers : got_) {
      for (const bool got : numbers) count += got ? 0 : 1;
    }
    return count;
  }
  [[nodiscard]] bool in_order() const noexcept { return complaints_ == 0; }

 private:
  void complain(const char* what, ticket received) {
    if (complaints_++ < 5)
      ADD_FAILURE() << what << ": producer " << (received >> 32) << ", number " << (received & 0xffffffff);
  }

  std::vector<std::uint32_t> last_;
  std::vector<std::vector<bool>> got_;
  unsigned complaints_ = 0;
};

/// Pushes `count` tickets, from `first` on, in one call of the given form where possible; returns how many went in.
template <class Queue>
[[nodiscard]] std::size_t push_some(Queue& queue, traffic_form form, ticket first, std::size_t count) {
  if (form == traffic_form::single) return queue.try_push(ticket{first}) == push_status::ok ? 1 : 0;
  if (form == traffic_form::bulk) {
    ticket batch[64];
    for (std::size_t i = 0; i < count; ++i) batch[i] = first + i;
    return queue.try_push_n(batch, count);
  }
  if constexpr (requires { queue.try_claim(1); }) {
    if (form == traffic_form::in_place) {
      auto claim = queue.try_claim(count);
      const std::size_t granted = claim.count();
      for (auto span : claim.spans()) {
        for (auto& slot : span) slot = first++;
      }
      const std::size_t published = granted > 1 ? granted - 1 : granted;  // the last one is granted again
      claim.publish(published);
      return published;
    }
  }
  if constexpr (requires { queue.push(ticket{}); }) {
    if (form == traffic_form::blocking) {
      return queue.push_until(ticket{first}, in_good_time()) == push_status::ok ? 1 : 0;
    }
  }
  ADD_FAILURE() << "this kind has no such calls";
  return 0;
}

/// The counterpart of push_some(): takes some tickets and returns how many.
template <class Queue>
[[nodiscard]] std::size_t pop_some(Queue& queue, traffic_form form, receipts& received) {
  ticket batch[64];
  std::size_t popped = 0;
  if (form == traffic_form::single) popped = queue.try_pop(batch[0]) == pop_status::ok ? 1 : 0;
  if (form == traffic_form::bulk) popped = queue.try_pop_n(batch, 48);
  if constexpr (requires { queue.pop(batch[0]); }) {
    if (form == traffic_form::blocking) popped = queue.pop_until(batch[0], in_good_time()) == pop_status::ok ? 1 : 0;
  }
  for (std::size_t i = 0; i < popped; ++i) received.take(batch[i]);
  if constexpr (requires { queue.try_peek(1); }) {
    if (form == traffic_form::in_place) {
      auto peek = queue.try_peek(48);
      popped = peek.count() > 1 ? peek.count() - 1 : peek.count();  // the last one is shown again
      std::size_t left = popped;
      for (auto span : peek.spans()) {
        for (std::size_t i = 0; i < span.size() && left > 0; ++i, --left) received.take(span[i]);
      }
      peek.release(popped);
    }
  }
  return popped;
}

/// Moves `each` tickets of every producer through `queue`, closes it, and checks the account.
template <class Kind, class Queue>
void run_traffic(Queue& queue, traffic_form form, std::uint32_t each) {
  constexpr unsigned producers = Kind::many_producers ? 3 : 1;
  constexpr unsigned consumers = Kind::many_consumers ? 3 : 1;
  std::vector<receipts> received(consumers, receipts(producers, each));
  std::latch left(producers);
  {
    std::vector<std::jthread> threads;
    for (unsigned producer = 0; producer < producers; ++producer) {
      threads.emplace_back([&, producer] {
        const auto limit = in_good_time();
        decltype(auto) pushes = Kind::producer_of(queue);
        for (std::uint32_t sent = 0; sent < each;) {
          const std::size_t most = std::min<std::size_t>(1 + sent % 64, each - sent);
          const std::size_t pushed = push_some(pushes, form, make_ticket(producer, sent), most);
          sent += static_cast<std::uint32_t>(pushed);
          if (pushed == 0) std::this_thread::yield();
          if (pushed == 0 && test_clock::now() > limit) {
            ADD_FAILURE() << "no room for ticket " << sent;
            break;
          }
        }
        left.count_down();
      });
    }
    for (unsigned consumer = 0; consumer < consumers; ++consumer) {
      threads.emplace_back([&, consumer] {
        decltype(auto) pops = Kind::consumer_of(queue);
        while (!queue.closed() || queue.depth_hint() != 0) {
          if (pop_some(pops, form, received[consumer]) == 0) std::this_thread::yield();
        }
      });
    }
    left.wait();
    queue.close();
  }
  for (unsigned consumer = 1; consumer < consumers; ++consumer) received[0].merge(received[consumer]);
  EXPECT_EQ(received[0].missing(), 0U) << "lost";
}

}  // namespace tidegate::test
