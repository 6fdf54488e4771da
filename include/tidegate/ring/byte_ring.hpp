// byte_ring: bounded queue of records of any length in one region of memory; one producer thread, one consumer thread.
//
// mpsc_byte_ring (ring/mpsc_byte_ring.hpp) is the same class for many producers.
// Records lie there whole, at multiples of 8: written in place (try_claim), read in place (try_peek, try_consume).
// Progress: wait-free, every call, O(1) a record; no read-modify-write, no fence, no system call, no allocation after
// construction.  Order: FIFO.
// Capacity: bytes, exact; any multiple of 8 from 24 on. A record of n bytes costs cost_of(n): 8 + n rounded up to a
// multiple of 8. One that would not fit in one piece before the region's end begins at its start, and costs what is
// left free there as well, until that is consumed with it. So any record of up to max_record_bytes() fits into an empty
// ring wherever the last one ended: nearly half of the capacity, at least an eighth of it. Larger: `too_heavy`.
// Answers: `full` only if at some instant during the call the bytes free were fewer than that record's cost with its
// padding; `empty` only if no published record was inside. A stopped thread changes nothing in this. Two failures seen
// by two threads may have no common order (store buffering).
// Close: as spsc_ring: closed by a third thread, a record accepted meanwhile may be left to the destructor.
// Memory: detail/byte/single_lane.hpp, and detail/byte/shared_lane.hpp for many.  Origin: see there; controlled
// consumption after Aeron's controlled_read.  Tests: tests/contract/byte_ring.
#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>

#include "tidegate/base/construction.hpp"
#include "tidegate/base/role_guard.hpp"
#include "tidegate/base/status.hpp"
#include "tidegate/memory/region.hpp"
#include "tidegate/ring/byte_claim.hpp"
#include "tidegate/ring/byte_options.hpp"
#include "tidegate/ring/detail/byte/consumption.hpp"
#include "tidegate/ring/detail/byte/shared_lane.hpp"
#include "tidegate/ring/detail/byte/single_lane.hpp"

namespace tidegate {

template <producer_count Producers, byte_options Options = byte_options{}, class Sync = native_sync>
class basic_byte_ring {
 public:
  using lane_type = std::conditional_t<Producers == producer_count::one, detail::single_lane<Options, Sync>,
                                       detail::shared_lane<Options, Sync>>;
  using position = typename lane_type::position;
  using word = typename lane_type::word;
  using view = typename word::view;  ///< std::span<std::byte>
  using claim_type = byte_claim<lane_type>;
  using peek_type = byte_peek<lane_type>;

  /// Capacities that the constructor accepts: multiples of 8 between them, in bytes.
  static constexpr std::size_t min_capacity = 24;
  static constexpr std::size_t max_capacity = 8 * lane_type::capacity_limit;

  /// Reserves all memory now. Throws std::invalid_argument (a capacity that is not accepted, unusable span),
  /// std::bad_alloc, or std::system_error (something required in `memory` cannot be had).
  explicit basic_byte_ring(std::size_t capacity_bytes, memory_options memory = {})
      : basic_byte_ring(prepare_or_fail(capacity_bytes, memory)) {}

  /// Memory reserved for a ring that is not built yet: construction in two steps, of which only the first can fail.
  struct prepared {
    region storage;
    std::size_t capacity = 0;
  };
  explicit basic_byte_ring(prepared&& memory) noexcept
      : lane_(std::move(require(memory).storage), memory.capacity / 8) {}

  basic_byte_ring(const basic_byte_ring&) = delete;
  basic_byte_ring& operator=(const basic_byte_ring&) = delete;

  /// No other thread may use the ring any more, and no claim and no peek may be left.
  ~basic_byte_ring() = default;

  /// The same without exceptions: null and `error` set when it cannot be had.
  [[nodiscard]] static std::unique_ptr<basic_byte_ring> make(std::size_t capacity_bytes, const memory_options& memory,
                                                             std::error_code& error) noexcept {
    prepared reserved = prepare(capacity_bytes, memory, error);
    if (error) return nullptr;
    std::unique_ptr<basic_byte_ring> ring(new (std::nothrow) basic_byte_ring(std::move(reserved)));
    if (!ring) error = std::make_error_code(std::errc::not_enough_memory);
    return ring;
  }

  /// The first step: checks the bounds, then reserves the memory. Nothing is reserved when `error` is set.
  [[nodiscard]] static prepared prepare(std::size_t capacity_bytes, const memory_options& memory,
                                        std::error_code& error) noexcept {
    error = std::make_error_code(std::errc::invalid_argument);
    if (capacity_bytes < min_capacity || capacity_bytes > max_capacity || capacity_bytes % 8 != 0) return {};
    error.clear();
    return {region::make(capacity_bytes / 8 * sizeof(word), alignment, memory, error), capacity_bytes};
  }

  /// What a record of `bytes` bytes takes from the capacity, padding at the region's end excepted; the largest multiple
  /// of 8 when it is more than a number can say.
  [[nodiscard]] static constexpr std::size_t cost_of(std::size_t bytes) noexcept {
    constexpr std::size_t most = std::numeric_limits<std::size_t>::max() / 8;
    return 8 * std::min(most, 1 + detail::words_for(bytes));
  }
  /// The largest record that is ever accepted.
  [[nodiscard]] std::size_t max_record_bytes() const noexcept { return 8 * ((lane_.capacity() + 1) / 2 - 1); }

  // Producer operations.

  /// Room for one record of up to `bytes` bytes, to write it in place; see its status().
  [[nodiscard]] claim_type try_claim(std::size_t bytes) noexcept {
    typename lane_type::slot room;
    const push_status status = claim(bytes, room);
    if (status != push_status::ok) [[unlikely]]
      return claim_type(status);
    lane_.mark(room);
    return {lane_, room, bytes};
  }

  /// Copies a record in: `ok`, `full`, `too_heavy` or `closed`.
  push_status try_push(std::span<const std::byte> record) noexcept {
    typename lane_type::slot room;
    const push_status status = claim(record.size(), room);
    if (status != push_status::ok) [[unlikely]]
      return status;
    word::write(room.payload(), record);
    lane_.publish(room, record.size());
    return status;
  }

  /// False only if at some instant during the call try_push() of so many bytes would have answered `full`.
  [[nodiscard]] bool push_ready(std::size_t bytes) const noexcept {
    return lane_.closed() || bytes > max_record_bytes() || lane_.has_room(bytes);
  }

  // Consumer operations.

  /// Calls `use(std::span<std::byte>)` on the oldest record in place (it must not use this ring), then gives its room
  /// back: `ok`, `empty` or `closed`. A record whose callback throws has been consumed.
  template <class Use>
  pop_status try_consume(Use&& use) noexcept(noexcept(use(std::declval<view>()))) {
    check_consumer();
    return detail::consume_one(lane_, use);
  }

  /// Calls `use(std::span<std::byte>)` on up to `most` records, oldest first, and gives the room of all back at once,
  /// at the end; returns how many were consumed. 0 when empty or closed: see ended().
  /// `use` may return a record_verdict, to stop, to give back what it has consumed so far, or to leave a record there.
  /// A record whose callback throws has been consumed, and all before it.
  template <class Use>
  std::size_t try_consume_n(std::size_t most, Use&& use) noexcept(noexcept(use(std::declval<view>()))) {
    check_consumer();
    return detail::consume_many(lane_, most, use);
  }

  /// Shows up to `most` of the oldest records in place.
  [[nodiscard]] peek_type try_peek(std::size_t most) noexcept {
    check_consumer();
    return {lane_, detail::find_records(lane_, most)};
  }

  /// False only if at some instant during the call try_consume() would have answered `empty`. Consumer's thread only.
  [[nodiscard]] bool pop_ready() const noexcept { return detail::can_consume(lane_); }

  /// Gives back room that was abandoned in front of the oldest record, as every call of the consumer does; true if
  /// there was some. For a consumer that only asks pop_ready().
  bool skip_abandoned() noexcept {
    check_consumer();
    return detail::skip_abandoned(lane_);
  }

  /// True once the ring is closed and everything was consumed: tells the reasons for 0 apart. Consumer's thread only.
  [[nodiscard]] bool ended() const noexcept { return lane_.ended(); }

  // Any thread. Wait-free, O(1).

  /// No more claims: from now on they answer `closed`; the consumer gets what is inside, claims that are published
  /// later included, then `closed`. Only visible to threads that look.
  void close() noexcept { lane_.close(); }
  [[nodiscard]] bool closed() const noexcept { return lane_.closed(); }

  /// In bytes.
  [[nodiscard]] std::size_t capacity() const noexcept { return 8 * lane_.capacity(); }

  /// Bytes claimed and not given back, a moment ago: within [0, capacity]. Claims of one producer count when published.
  [[nodiscard]] std::size_t depth_hint() const noexcept {
    const position head = lane_.head_hint();
    return 8 * std::min(lane_.words_between(head, lane_.tail_hint()), lane_.capacity());
  }
  /// Bytes free, a moment ago: within [0, capacity].
  [[nodiscard]] std::size_t credits_hint() const noexcept { return capacity() - depth_hint(); }

  /// What became of the room so far, a moment ago.
  [[nodiscard]] byte_counts counts_hint() const noexcept {
    byte_counts counts;
    lane_.report_to(counts);
    counts.claimed = 8 * std::uint64_t{lane_.words_between(lane_.first(), lane_.tail_hint())};
    return counts;
  }

  /// All memory this ring will ever use, in bytes: itself and its region.
  [[nodiscard]] std::size_t max_bytes() const noexcept { return sizeof(*this) + lane_.storage().committed_bytes(); }

  /// What was asked of memory with `attempt` and could not be had.
  [[nodiscard]] memory_notes notes() const noexcept { return lane_.storage().notes(); }

  /// Lets another thread take the role (checked builds remember who plays it). The caller orders the hand-over.
  void rebind_producer() noexcept { producer_.rebind(); }
  void rebind_consumer() noexcept { consumer_.rebind(); }

  // For the queues, whose guards tell them what has become of a claim or a peek.

  [[nodiscard]] lane_type& lane() noexcept { return lane_; }
  [[nodiscard]] const lane_type& lane() const noexcept { return lane_; }

  /// As try_claim(), without a guard.
  [[nodiscard]] push_status claim(std::size_t bytes, typename lane_type::slot& room) noexcept {
    producer_.check("byte_ring: two producer threads on a single-producer ring");
    if (bytes > max_record_bytes()) [[unlikely]]
      return lane_.closed() ? push_status::closed : push_status::too_heavy;
    return lane_.claim(bytes, room);
  }
  void check_consumer() noexcept { consumer_.check("byte_ring: two consumer threads on a single-consumer ring"); }

 private:
  [[nodiscard]] static prepared& require(prepared& memory) noexcept {
    if (memory.storage.data() == nullptr) abort_with("byte_ring: built from memory that was not prepared");
    return memory;
  }
  [[nodiscard]] static prepared prepare_or_fail(std::size_t capacity, const memory_options& memory) {
    std::error_code error;
    prepared reserved = prepare(capacity, memory, error);
    if (error) {
      fail_construction(error, "byte_ring: cannot hold " + std::to_string(capacity) +
                                   " bytes (accepted: multiples of 8 from " + std::to_string(min_capacity) + " to " +
                                   std::to_string(max_capacity) + ", and what memory allows)");
    }
    return reserved;
  }

  static constexpr std::size_t alignment = std::max(alignof(word), cache_line_bytes);
  static constexpr bool one_producer = Producers == producer_count::one;

  lane_type lane_;
  [[no_unique_address]] role_guard<Options.check_roles && one_producer, struct producer_role, Sync> producer_;
  [[no_unique_address]] role_guard<Options.check_roles, struct consumer_role, Sync> consumer_;
};

template <byte_options Options = byte_options{}, class Sync = native_sync>
using byte_ring = basic_byte_ring<producer_count::one, Options, Sync>;

/// byte_ring without exceptions: null and `error` set when it cannot be had.
template <byte_options Options = byte_options{}, class Sync = native_sync>
[[nodiscard]] std::unique_ptr<byte_ring<Options, Sync>> make_byte_ring(std::size_t capacity_bytes,
                                                                       const memory_options& memory,
                                                                       std::error_code& error) noexcept {
  return byte_ring<Options, Sync>::make(capacity_bytes, memory, error);
}

}  // namespace tidegate
