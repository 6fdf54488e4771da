// tidegate_bench_newest: latest beside a raw seqlock, and rendezvous beside hand-offs behind a lock.
//
//   stream    one writer as fast as it can, one reader that polls: pushes and fresh reads a second, of 8 and 64 bytes
//   alone     one push and one read on one thread, ns
//   hand-off  two threads, each element must have been received before the next: exchanges a second
//
// A seqlock copies plain values only and its reader can be outrun for ever; latest carries any type and is wait-free.
#include "bench/newest/rivals.hpp"

#include <chrono>
#include <memory>
#include <thread>

#include "bench/harness/cell.hpp"
#include "bench/harness/pair_run.hpp"
#include "bench/harness/smoke_parts.hpp"
#include "bench/harness/suite.hpp"

namespace tidegate::bench::newest {
namespace {

constexpr std::string_view regimes[] = {"stream", "alone", "hand-off"};
constexpr std::string_view seqlock_name = "limit: raw seqlock";

[[nodiscard]] cell_info cell_of(std::string_view regime, std::string_view bytes) {
  cell_info info;
  info.id = std::string(regime) + (bytes.empty() ? "" : "/") + std::string(bytes);
  info.regime = regime;
  info.rank = regime_rank(regimes, regime) + static_cast<unsigned>(bytes.size());
  info.headline = true;
  return info;
}

[[nodiscard]] cell_info stream_cell(std::string_view bytes) {
  cell_info info = cell_of("stream", bytes);
  info.title = "the newest value of " + std::string(bytes) + ", one writer at full speed, one reader that polls";
  info.unit = "M writes/s";
  info.reference = seqlock_name;
  info.count_per_s = 1'000'000;
  info.method = "both threads for a sample's length; a seqlock's reader may get nothing at all";
  return info;
}

[[nodiscard]] cell_info alone_cell(std::string_view bytes) {
  cell_info info = cell_of("alone", bytes);
  info.title = "a write and a read of " + std::string(bytes) + " on one thread";
  info.unit = "ns/pair";
  info.higher_is_better = false;
  info.two_threads = false;
  info.reference = seqlock_name;
  info.method = "one pinned thread";
  return info;
}

[[nodiscard]] cell_info hand_off_cell() {
  cell_info info = cell_of("hand-off", "");
  info.title = "one producer and one consumer without a queue between them";
  info.unit = "k/s";
  info.quick_count = 200;
  info.method = "each push returns when its element has been received";
  return info;
}

/// For so long both threads run.
template <class Place, class Record>
measurement measure_stream(const work& todo) {
  const auto place = std::make_unique<Place>();
  std::uint64_t written = 0;
  std::uint64_t read = 0;
  const auto until = [&todo](auto&& step) {
    return timed([&] {
      const std::uint64_t end_ns = now_ns() + todo.count * 1000;
      while (now_ns() < end_ns) {
        for (int i = 0; i < 64; ++i) step();
      }
    });
  };
  const time_span span = run_pair(
      todo.cpus,
      [&](start_gate& gate) {
        Record value{};
        gate.wait();
        return until([&] {
          value.words.fill(++written);
          place->write(value);
        });
      },
      [&](start_gate& gate) {
        Record value{};
        gate.wait();
        return until([&] { read += place->read(value) ? 1 : 0; });
      });
  return {static_cast<double>(written) / span.ns() * 1e3,
          span.seconds(),
          {{"fresh reads M/s", static_cast<double>(read) / span.ns() * 1e3}}};
}

template <class Place, class Record>
measurement measure_alone(const work& todo) {
  const auto place = std::make_unique<Place>();
  std::uint64_t fresh = 0;
  const time_span span = run_alone(todo.cpus.first, [&] {
    return timed([&] {
      Record value{};
      for (std::uint64_t i = 0; i < todo.count; ++i) {
        value.words[0] = i;
        place->write(value);
        fresh += place->read(value) ? 1 : 0;
      }
    });
  });
  if (fresh != todo.count) throw wrong_result("a value that was written could not be read");
  return {span.ns() / static_cast<double>(todo.count), span.seconds()};
}

template <class HandOff>
measurement measure_hand_off(const work& todo) {
  const auto place = std::make_unique<HandOff>();
  std::uint64_t wrong = 0;
  const time_span span = run_pair(
      todo.cpus,
      [&](start_gate& gate) {
        gate.wait();
        return timed([&] {
          for (std::uint64_t i = 1; i <= todo.count; ++i) place->push(i);
        });
      },
      [&](start_gate& gate) {
        gate.wait();
        return timed([&] {
          for (std::uint64_t i = 1; i <= todo.count; ++i) {
            std::uint64_t out = 0;
            place->pop(out);
            wrong |= out ^ i;
          }
        });
      });
  if (wrong != 0) throw wrong_result("an element came out of order");
  return {static_cast<double>(todo.count) / span.ns() * 1e6, span.seconds()};
}

/// What is read is whole, never older than what was read before, and in the end the last that was written.
template <class Place, class Record>
std::string smoke_place() {
  constexpr std::uint64_t last = 100'000;
  const auto place = std::make_unique<Place>();
  std::thread writer([&] {
    Record value{};
    for (std::uint64_t i = 1; i <= last; ++i) {
      value.words.fill(i);
      place->write(value);
    }
  });
  std::string problem;
  std::uint64_t newest = 0;
  const bool arrived = patiently([&] {
    Record value{};
    if (!place->read(value)) return false;
    for (const std::uint64_t word : value.words) {
      if (word != value.words[0]) problem = "a value is torn";
    }
    if (value.words[0] < newest) problem = "an older value came after a newer one";
    newest = value.words[0];
    return newest == last;
  });
  writer.join();
  return problem.empty() && !arrived ? "the last value did not arrive" : problem;
}

template <class Place, class Record>
void enlist_place(const entrant& who, std::string_view bytes) {
  registry& list = registry::global();
  list.add(stream_cell(bytes), {who, &measure_stream<Place, Record>, &smoke_place<Place, Record>});
  list.add(alone_cell(bytes), {who, &measure_alone<Place, Record>, &smoke_place<Place, Record>});
}

template <std::size_t Bytes>
void enlist_places(std::string_view bytes) {
  using value = record<Bytes>;
  enlist_place<our_latest<value>, value>(
      {.name = "tidegate::latest", .plays = role::ours, .note = "wait-free; any type"}, bytes);
  enlist_place<seqlock<value>, value>(
      {.name = std::string(seqlock_name), .plays = role::limit, .note = "plain values only; its reader can be outrun"},
      bytes);
}

void enlist_all() {
  enlist_places<8>("8B");
  enlist_places<64>("64B");
  registry& list = registry::global();
  list.add(hand_off_cell(), {{.name = "tidegate::rendezvous", .plays = role::ours, .note = "spin_park"},
                             &measure_hand_off<our_hand_off<wait_kind::spin_park>>});
  list.add(hand_off_cell(), {{.name = "tidegate::rendezvous (park)", .plays = role::ours},
                             &measure_hand_off<our_hand_off<wait_kind::park>>});
  list.add(hand_off_cell(), {{.name = "std::mutex + condition_variable"}, &measure_hand_off<locked_hand_off>});
}

}  // namespace
}  // namespace tidegate::bench::newest

int main(int argc, char** argv) {
  using namespace tidegate::bench;
  newest::enlist_all();
  return run_suite({.name = "newest",
                    .summary = "The newest value, and hand-offs without a queue",
                    .regimes = {"stream", "alone", "hand-off"}},
                   argc, argv);
}
