// stream.hpp: how fast one core can hand words to another at all: a plain ring whose index moves once a batch.
// Raw code without what a queue must have: no exact full, whole batches only, and a read index that is published late.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "bench/harness/message.hpp"
#include "tidegate/base/sync.hpp"

namespace tidegate::bench {

template <class Message, std::size_t Capacity>
class stream_limit {
  using traits = message_traits<Message>;

 public:
  /// Sends `batches` times `every` elements, numbered from `first`; `every` divides the capacity.
  void send(std::uint64_t first, std::uint64_t batches, std::uint64_t every) noexcept {
    std::uint64_t tail = tail_.value.load(order::relaxed);  // own word
    std::uint64_t number = first;
    for (std::uint64_t batch = 0; batch < batches; ++batch) {
      // [returned] acquire, pairs with the release in receive(): the slots are read before they are written again.
      while (tail + every - head_seen_ > Capacity) head_seen_ = head_.value.load(order::acquire);
      for (std::uint64_t i = 0; i < every; ++i) slots_[(tail + i) % Capacity] = traits::make(number++);
      tail += every;
      tail_.value.store(tail, order::release);  // [sent] pairs with the acquire in receive()
    }
  }

  /// Receives `count` elements and returns the sum of their numbers.
  std::uint64_t receive(std::uint64_t count) noexcept {
    std::uint64_t head = head_.value.load(order::relaxed);  // own word
    const std::uint64_t end = head + count;
    std::uint64_t returned = head;
    std::uint64_t sum = 0;
    while (head != end) {
      // [sent] acquire, pairs with the release in send(): the elements are whole before they are counted.
      const std::uint64_t tail = tail_.value.load(order::acquire);
      const std::uint64_t until = tail < end ? tail : end;
      if (head == until || head - returned >= Capacity / 8) {
        returned = head;
        head_.value.store(head, order::release);  // [returned] pairs with the acquire in send()
      }
      for (; head != until; ++head) sum += traits::number(slots_[head % Capacity]);
    }
    head_.value.store(head, order::release);  // [returned] pairs with the acquire in send()
    return sum;
  }

 private:
  struct alignas(128) lone_index {
    std::atomic<std::uint64_t> value{0};
  };

  lone_index tail_;
  lone_index head_;
  alignas(128) std::uint64_t head_seen_ = 0;  // the sender's copy of head_
  alignas(128) Message slots_[Capacity] = {};
};

}  // namespace tidegate::bench
