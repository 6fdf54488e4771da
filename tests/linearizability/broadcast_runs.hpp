// broadcast_runs.hpp: what real threads do to a broadcast ring: publishers, readers from the beginning to the end, and
// readers that join and leave while it runs.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "tests/linearizability/broadcast_account.hpp"
#include "tests/linearizability/stamps.hpp"
#include "tidegate/base/status.hpp"
#include "tidegate/ring/broadcast_ring.hpp"

namespace tidegate::test {

/// Several words that belong together: a copy that is torn shows.
struct wide_number {
  std::array<std::uint64_t, 4> words;

  [[nodiscard]] static constexpr wide_number of(std::uint64_t value) noexcept {
    return {{value, ~value, 3 * value, value ^ 0x5555}};
  }
  /// 0: it is torn.
  [[nodiscard]] constexpr std::uint64_t value() const noexcept { return words == of(words[0]).words ? words[0] : 0; }
};

/// What a run is made of. Readers that stay begin before the first push.
struct broadcast_crew {
  std::size_t capacity;
  std::size_t publishers;
  std::uint64_t each;  ///< pushes of one publisher; the first one closes behind its own
  std::vector<reader_options> stay;
  std::size_t visitors = 0;
};

template <broadcast_options Options, class Sync>
class broadcast_run {
  using ring_type = broadcast_ring<wide_number, Options, Sync>;
  static constexpr bool one_publisher = Options.publishers == publisher_count::one;
  static constexpr std::size_t kept_refusals = 500;  // of a thread: all are alike
  static constexpr unsigned visit_reads = 20;

 public:
  explicit broadcast_run(const broadcast_crew& crew)
      : crew_(crew),
        ring_(crew.capacity,
              broadcast_rows{.readers = crew.stay.size() + crew.visitors, .publishers = crew.publishers}) {}

  [[nodiscard]] broadcast_recording record(std::uint64_t seed) {
    std::vector<std::vector<timed_push>> pushed(crew_.publishers);
    std::vector<read_record> stayed(crew_.stay.size());
    std::vector<std::vector<read_record>> visited(crew_.visitors);
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < crew_.stay.size(); ++i) {
      auto reader = come(stayed[i], crew_.stay[i]);
      threads.emplace_back([&stayed, i, seed, mine = std::move(reader)]() mutable {
        std::mt19937_64 random(seed + i);
        while (!read_one(mine, stayed[i], random)) {
        }
        leave(mine, stayed[i]);
      });
    }
    for (std::size_t i = 0; i < crew_.visitors; ++i) {
      threads.emplace_back([this, &visited, i, seed] { visit(visited[i], seed + 10 + i); });
    }
    for (std::size_t i = 0; i < crew_.publishers; ++i) {
      threads.emplace_back([this, &pushed, i, seed] { publish(pushed[i], i, seed + 20 + i); });
    }
    threads.clear();
    for (const auto& one : pushed) recorded_.pushes.insert(recorded_.pushes.end(), one.begin(), one.end());
    recorded_.readers = std::move(stayed);
    for (const auto& one : visited) recorded_.readers.insert(recorded_.readers.end(), one.begin(), one.end());
    return std::move(recorded_);
  }

 private:
  void publish(std::vector<timed_push>& pushed, std::size_t number, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::size_t refusals = 0;
    auto mine = publisher();
    for (std::uint64_t i = 1; i <= crew_.each;) {
      const std::uint64_t value = 1'000'000 * number + i;
      const std::uint64_t invoked = stamp_before();
      const push_status status = push(mine, value);
      const std::uint64_t returned = stamp_after();
      if (status == push_status::ok) ++i;
      if (status != push_status::full || ++refusals <= kept_refusals)
        pushed.push_back({value, status, invoked, returned});
      if (status == push_status::closed) return;
      if (status == push_status::full || random() % 8 == 0) std::this_thread::yield();
    }
    if (number != 0) return;
    recorded_.close_invoked = stamp_before();
    ring_.close();
    recorded_.close_returned = stamp_after();
  }
  [[nodiscard]] auto publisher() {
    if constexpr (one_publisher) {
      return nullptr;
    } else {
      return ring_.make_publisher();
    }
  }
  template <class Publisher>
  push_status push(Publisher& mine, std::uint64_t value) {
    if constexpr (one_publisher) {
      return ring_.try_push(wide_number::of(value));
    } else {
      return mine.try_push(wide_number::of(value));
    }
  }

  [[nodiscard]] auto come(read_record& record, const reader_options& asked) {
    record.asked = asked;
    record.came_invoked = stamp_before();
    auto reader = ring_.try_make_reader(asked);
    record.came_returned = stamp_after();
    return reader;
  }
  template <class Reader>
  static void leave(Reader& reader, read_record& record) {
    { const Reader gone = std::move(reader); }
    record.left_returned = stamp_after();
  }

  /// True at the end.
  template <class Reader>
  static bool read_one(Reader& reader, read_record& record, std::mt19937_64& random) {
    wide_number out{};
    const std::uint64_t invoked = stamp_before();
    const pop_status status = reader.try_pop(out);
    const std::uint64_t returned = stamp_after();
    const bool is_lost = status == pop_status::lapped;
    if (status != pop_status::empty || record.reads.size() < kept_refusals) {
      record.reads.push_back(
          {status, status == pop_status::ok ? out.value() : 0, is_lost ? reader.last_lost() : 0, invoked, returned});
    }
    if (status == pop_status::empty || random() % 8 == 0) std::this_thread::yield();
    return status == pop_status::closed || status == pop_status::evicted;
  }

  /// Comes and goes until the ring is closed.
  void visit(std::vector<read_record>& visits, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    while (!ring_.closed()) {
      read_record record;
      const reader_start start = random() % 2 == 0 ? reader_start::next : reader_start::oldest;
      const slow_reader slow = random() % 2 == 0 ? slow_reader::block : slow_reader::lap;
      auto reader = come(record, {.start = start, .slow = slow});
      if (!reader) continue;
      for (std::uint64_t left = random() % visit_reads; left > 0 && !read_one(reader, record, random); --left) {
      }
      leave(reader, record);
      visits.push_back(std::move(record));
    }
  }

  const broadcast_crew crew_;
  ring_type ring_;
  broadcast_recording recorded_;
};

}  // namespace tidegate::test
