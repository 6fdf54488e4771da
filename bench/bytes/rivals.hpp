// rivals.hpp: the ways to hand records of one size from thread to thread that are measured beside each other.
//
// Each offers send(record): false when there is no room; and receive(most, use): how many records it gave to `use`.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <type_traits>

#include "tidegate/ring/mpsc_byte_ring.hpp"
#include "tidegate/ring/spsc_ring.hpp"

namespace tidegate::bench {

inline constexpr std::size_t region_bytes = 64 * 1024;
inline constexpr std::size_t batch = 16;  // records

template <std::size_t Bytes>
using record_of = std::array<std::byte, Bytes>;

/// Records without headers, one position a side, published once a batch: what a ring must have is left out.
template <std::size_t Bytes>
class raw_limit {
 public:
  bool send(const record_of<Bytes>& record) noexcept {
    if (tail_ - head_seen_ == slots) {
      head_seen_ = head_.value.load(std::memory_order_acquire);
      if (tail_ - head_seen_ == slots) return false;
    }
    records_[tail_++ % slots] = record;
    if (tail_ % batch == 0) shared_tail_.value.store(tail_, std::memory_order_release);
    return true;
  }
  template <class Use>
  std::size_t receive(std::size_t most, Use&& use) noexcept {
    const std::size_t head = head_.value.load(std::memory_order_relaxed);
    const std::size_t there = shared_tail_.value.load(std::memory_order_acquire) - head;
    const std::size_t count = there < most ? there : most;
    for (std::size_t i = 0; i < count; ++i) use(std::span<std::byte>(records_[(head + i) % slots]));
    if (count != 0) head_.value.store(head + count, std::memory_order_release);
    return count;
  }

 private:
  static constexpr std::size_t slots = region_bytes / Bytes;
  struct alignas(64) lone_position {
    std::atomic<std::size_t> value{0};
  };
  lone_position shared_tail_, head_;
  alignas(64) std::size_t tail_ = 0;
  std::size_t head_seen_ = 0;
  alignas(64) std::array<record_of<Bytes>, slots> records_{};
};

/// Elements of that size.
template <std::size_t Bytes>
class fixed_elements {
 public:
  bool send(const record_of<Bytes>& record) noexcept { return ring_.try_push(record) == push_status::ok; }
  template <class Use>
  std::size_t receive(std::size_t most, Use&& use) noexcept {
    auto shown = ring_.try_peek(most);
    for (std::size_t i = 0; i < shown.count(); ++i) use(std::span<std::byte>(shown[i]));
    const std::size_t count = shown.count();
    shown.release(count);
    return count;
  }

 private:
  spsc_ring<record_of<Bytes>, ring_options{.check_roles = false}> ring_{region_bytes / Bytes};
};

enum class entering : std::uint8_t { copied, in_place };

/// A byte ring of either kind.
template <class Ring, std::size_t Bytes, entering How>
class byte_records {
 public:
  bool send(const record_of<Bytes>& record) noexcept {
    if constexpr (How == entering::copied) return ring_.try_push(record) == push_status::ok;
    auto room = ring_.try_claim(Bytes);
    if (!room) return false;
    std::memcpy(room.bytes().data(), record.data(), Bytes);
    room.publish();
    return true;
  }
  template <class Use>
  std::size_t receive(std::size_t most, Use&& use) noexcept {
    return ring_.try_consume_n(most, use);
  }

 private:
  Ring ring_{region_bytes};
};

}  // namespace tidegate::bench
