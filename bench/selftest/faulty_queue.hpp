// faulty_queue.hpp: a queue to try the smoke tests on.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <type_traits>
#include <utility>

#include "bench/harness/message.hpp"

namespace tidegate::bench {

enum class fault { none, loses, doubles, reorders, tears, invents };

/// A correct queue under a mutex that goes wrong at one element, in one way.
template <class Message, fault Fault, std::uint64_t Element = 1000>
class faulty_queue {
 public:
  bool try_push(const Message& value) {
    const std::lock_guard lock(mutex_);
    if (items_.size() >= 1024) return false;
    items_.push_back(value);
    if (++pushed_ != Element) return true;
    if (Fault == fault::loses) items_.pop_back();
    if (Fault == fault::doubles) items_.push_back(value);
    if (Fault == fault::invents) items_.back() = message_traits<Message>::make(7);
    if constexpr (std::is_same_v<Message, line_message>) {
      if (Fault == fault::tears) items_.back().words[5] = 0;
    }
    return true;
  }
  bool try_pop(Message& out) {
    const std::lock_guard lock(mutex_);
    if (items_.empty()) return false;
    const bool swap = Fault == fault::reorders && pushed_ >= Element && items_.size() >= 2;
    if (swap) std::swap(items_[0], items_[1]);
    out = items_.front();
    items_.pop_front();
    return true;
  }

 private:
  std::mutex mutex_;
  std::deque<Message> items_;
  std::uint64_t pushed_ = 0;
};

}  // namespace tidegate::bench
