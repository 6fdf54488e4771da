// tidegate_bench_broadcast: one publisher to one reader and to three, every reader sees every element.
//
// gate: lossless; the figure is the rate at which all readers get everything. lap: the publisher never waits; the
// figure is its rate, and how much the readers saw stands beside it. No packaged peer has this shape: the measure is a
// plain ring of seqlocks, and for one reader a plain ring whose index moves once a batch.
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "bench/harness/cell.hpp"
#include "bench/harness/rival.hpp"
#include "bench/harness/suite.hpp"
#include "bench/harness/team_run.hpp"
#include "bench/limits/seqlock_ring.hpp"
#include "bench/limits/stream.hpp"
#include "tidegate/ring/broadcast_ring.hpp"

namespace tidegate::bench::broadcast {
namespace {

constexpr std::string_view regimes[] = {"gate", "lap"};
constexpr std::size_t capacity = 1024;

[[nodiscard]] cell_info cell_of(std::string_view regime, unsigned readers) {
  const bool laps = regime == "lap";
  cell_info info;
  info.id = std::string(regime) + "-1-" + std::to_string(readers);
  info.regime = regime;
  info.rank = regime_rank(regimes, regime) + readers;
  info.title = std::string(regime) + " mode, u64, capacity 1024, one publisher, " + std::to_string(readers) +
               (readers == 1 ? " reader" : " readers");
  info.headline = readers > 1;
  info.unit = laps ? "M pushes/s" : "M elements/s";
  info.reference = laps ? "limit: seqlock ring" : "limit: stream";
  info.method = laps ? "the publisher at full speed while readers poll; extra: part of it that the slowest one saw"
                     : "from the first push to the last read of the last reader; who must wait pauses, then yields";
  return info;
}

void wait_a_little(unsigned& times) noexcept { ++times % 64 == 0 ? native_sync::yield() : native_sync::pause(); }

/// A ring, and how a thread publishes.
template <broadcast_mode Mode, publisher_count Publishers>
struct ours {
  using ring_type = broadcast_ring<std::uint64_t, broadcast_options{.mode = Mode, .publishers = Publishers}>;
  ring_type ring{capacity};

  [[nodiscard]] auto publisher() {
    if constexpr (Publishers == publisher_count::many) {
      return [handle = std::make_shared<typename ring_type::publisher>(ring.make_publisher())](std::uint64_t value) {
        return handle->try_push(value) == push_status::ok;
      };
    } else {
      return [this](std::uint64_t value) { return ring.try_push(value) == push_status::ok; };
    }
  }
  [[nodiscard]] auto reader() {
    return [handle = ring.make_reader()](std::uint64_t& value) mutable { return handle.try_pop(value); };
  }
};

/// The plain ring of seqlocks in the same clothes.
struct plain_seqlocks {
  seqlock_ring<capacity> ring;

  [[nodiscard]] auto publisher() {
    return [this](std::uint64_t value) {
      ring.publish(value);
      return true;
    };
  }
  [[nodiscard]] auto reader() {
    return [this, next = std::uint64_t{0}](std::uint64_t& value) mutable {
      return ring.read(next, value) ? pop_status::ok : pop_status::empty;
    };
  }
};

/// Readers know the last number; in lap mode they end with the first one at or behind it, or when all is published.
template <class Rival>
measurement measure(const work& todo, unsigned readers, bool laps) {
  const auto rival = std::make_unique<Rival>();
  std::vector<std::uint64_t> seen(readers);
  std::vector<time_span> publishing(1);
  std::atomic<bool> is_over{false};
  const auto body = [&](unsigned thread, start_gate& gate) {
    unsigned times = 0;
    if (thread == 0) {
      auto push = rival->publisher();
      gate.wait();
      publishing[0] = timed([&] {
        for (std::uint64_t i = 1; i <= todo.count;) push(i) ? static_cast<void>(++i) : wait_a_little(times);
      });
      is_over.store(true, order::release);  // [over] pairs with the readers' loads
      return publishing[0];
    }
    auto pop = rival->reader();
    gate.wait();
    return timed([&] {
      for (std::uint64_t value = 0; value < todo.count;) {
        const pop_status status = pop(value);
        seen[thread - 1] += status == pop_status::ok ? 1 : 0;
        if (status != pop_status::empty) continue;
        if (is_over.load(order::acquire) && pop(value) == pop_status::empty) break;  // [over] as above
        wait_a_little(times);
      }
    });
  };
  const time_span all = run_team(todo.team, readers + 1, body);
  std::uint64_t least = todo.count;
  for (const std::uint64_t one : seen) least = std::min(least, one);
  if (!laps && least != todo.count) throw wrong_result("a reader has lost something");
  const time_span span = laps ? publishing[0] : all;
  const double part = 100.0 * static_cast<double>(least) / static_cast<double>(todo.count);
  return {static_cast<double>(todo.count) / span.ns() * 1e3, span.seconds(), {{"seen by the slowest, %", part}}};
}

[[nodiscard]] measurement measure_stream(const work& todo) {
  constexpr std::uint64_t every = 32;
  const auto stream = std::make_unique<stream_limit<std::uint64_t, capacity>>();
  const std::uint64_t batches = std::max<std::uint64_t>(todo.count / every, 1);
  const time_span span = run_team(todo.team, 2, [&](unsigned thread, start_gate& gate) {
    gate.wait();
    if (thread == 0) return timed([&] { stream->send(1, batches, every); });
    return timed([&] { static_cast<void>(stream->receive(batches * every)); });
  });
  return {static_cast<double>(batches * every) / span.ns() * 1e3, span.seconds()};
}

template <class Rival>
void enlist(const entrant& who, bool laps) {
  for (const unsigned readers : {1U, 3U}) {
    registry::global().add(cell_of(laps ? "lap" : "gate", readers),
                           {who, [readers, laps](const work& todo) { return measure<Rival>(todo, readers, laps); }});
  }
}

void enlist_all() {
  using enum broadcast_mode;
  using enum publisher_count;
  enlist<ours<gate, one>>({.name = "tidegate::broadcast_ring", .plays = role::ours, .note = "one publisher"}, false);
  enlist<ours<gate, many>>({.name = "tidegate::broadcast_ring, many", .plays = role::ours, .note = "by handle"}, false);
  enlist<ours<lap, one>>({.name = "tidegate::broadcast_ring", .plays = role::ours, .note = "one publisher"}, true);
  enlist<ours<lap, many>>({.name = "tidegate::broadcast_ring, many", .plays = role::ours, .note = "by handle"}, true);
  enlist<plain_seqlocks>({.name = "limit: seqlock ring", .plays = role::limit, .note = "counts no loss"}, true);
  registry::global().add(cell_of("gate", 1), {{.name = "limit: stream", .plays = role::limit}, &measure_stream});
}

}  // namespace
}  // namespace tidegate::bench::broadcast

int main(int argc, char** argv) {
  using namespace tidegate::bench;
  broadcast::enlist_all();
  return run_suite({.name = "broadcast",
                    .summary = "One publisher, every reader sees every element",
                    .regimes = {"gate", "lap"},
                    .teams = true},
                   argc, argv);
}
