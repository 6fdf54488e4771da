// driver_support.hpp: numbered records from several producers, and a peer that says which of them came.
#pragma once

#include <cstring>
#include <span>

#include "tests/io/support.hpp"
#include "tidegate/io/drive_types.hpp"

namespace tidegate::test {

inline two_ends make_narrow_pair() { return make_socketpair(4608); }

inline constexpr sink_config small_sink{
    .capacity_bytes = 16 << 10, .high_bytes = 8 << 10, .low_bytes = 2 << 10, .batch_bytes = 4 << 10};

/// 16 bytes, every one of them checked.
struct numbered {
  std::uint32_t producer = 0;
  std::uint32_t number = 0;  // from 0, of this producer
  std::uint64_t mark = 0;

  static numbered make(std::uint32_t producer, std::uint32_t number) {
    return {producer, number, ~(std::uint64_t{producer} << 32 | number)};
  }
  [[nodiscard]] bool is_right() const { return mark == make(producer, number).mark; }
  [[nodiscard]] std::span<const std::byte> bytes() const { return std::as_bytes(std::span(this, 1)); }
};

/// Which records have come, from wherever: each at most once, those of one producer in order.
class roll_call {
 public:
  void note(const numbered& one) {
    EXPECT_TRUE(one.is_right()) << "torn record";
    if (one.producer >= next_.size()) next_.resize(one.producer + 1);
    EXPECT_GE(one.number, next_[one.producer]) << "of producer " << one.producer << ": twice, or out of order";
    skipped_ += one.number - next_[one.producer];
    next_[one.producer] = one.number + 1;
    ++count_;
  }
  void note(std::span<const std::byte> bytes) {
    numbered one;
    ASSERT_EQ(bytes.size(), sizeof one);
    std::memcpy(&one, bytes.data(), sizeof one);
    note(one);
  }
  [[nodiscard]] std::uint64_t count() const { return count_; }
  /// Those that are missing in between.
  [[nodiscard]] std::uint64_t skipped() const { return skipped_; }

 private:
  std::vector<std::uint32_t> next_;
  std::uint64_t count_ = 0;
  std::uint64_t skipped_ = 0;
};

/// Reads numbered records in a thread of its own, until the end or until told to go.
class numbered_peer {
 public:
  struct manner {
    std::size_t most_bytes = 65536;                 // of one read
    unsigned pause_odds = 0;                        // out of 1000, for a millisecond before a read
    std::uint64_t leave_after = ~std::uint64_t{0};  // records; then close
  };

  explicit numbered_peer(unique_fd fd) : numbered_peer(std::move(fd), manner()) {}
  numbered_peer(unique_fd fd, manner how, unsigned seed = 1)
      : thread_([this, how, seed, owned = std::move(fd)]() mutable { run(std::move(owned), how, seed); }) {}
  ~numbered_peer() { join(); }

  const roll_call& join() {
    if (thread_.joinable()) thread_.join();
    return came_;
  }
  [[nodiscard]] std::uint64_t count_hint() const { return count_.load(); }

 private:
  void run(unique_fd fd, manner how, unsigned seed) {
    std::minstd_rand random(seed);
    std::vector<std::byte> buffer(how.most_bytes + sizeof(numbered));
    std::size_t filled = 0;
    while (came_.count() < how.leave_after) {
      if (random() % 1000 < how.pause_odds) std::this_thread::sleep_for(milliseconds{1});
      const ssize_t got = ::read(fd.get(), buffer.data() + filled, 1 + random() % how.most_bytes);
      if (got <= 0) break;
      filled += static_cast<std::size_t>(got);
      std::size_t used = 0;
      for (; filled - used >= sizeof(numbered); used += sizeof(numbered)) {
        came_.note(std::span(buffer).subspan(used, sizeof(numbered)));
      }
      std::memmove(buffer.data(), buffer.data() + used, filled - used);
      filled -= used;
      count_ = came_.count();
    }
  }

  roll_call came_;
  std::atomic<std::uint64_t> count_{0};
  std::thread thread_;
};

/// Waits until `holds()`; false after a long time.
template <class Holds>
bool eventually_holds(Holds holds) {
  const deadline limit = eventually();
  while (!holds()) {
    if (limit.reached(native_sync::now())) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace tidegate::test
