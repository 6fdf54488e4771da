// tidegate_bench_bytes: records of 64 and 256 bytes through the byte rings, beside memcpy of the same bytes, a ring of
// fixed elements and the raw limit. Megabytes of payload a second.
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <thread>

#include "bench/bytes/rivals.hpp"
#include "bench/harness/cell.hpp"
#include "bench/harness/message.hpp"
#include "bench/harness/pair_run.hpp"
#include "bench/harness/smoke_parts.hpp"
#include "bench/harness/styles.hpp"
#include "bench/harness/suite.hpp"

namespace tidegate::bench {
namespace {

constexpr std::string_view raw_name = "limit: raw ring";

[[nodiscard]] cell_info cell_of(std::size_t bytes) {
  cell_info info;
  info.id = "records/" + std::to_string(bytes) + "B";
  info.regime = "records";
  info.rank = static_cast<unsigned>(bytes);
  info.title = "records of " + std::to_string(bytes) + " bytes from one producer to one consumer";
  info.unit = "MB/s";
  info.reference = raw_name;
  info.headline = true;
  info.method = "payload; a region of " + std::to_string(region_bytes / 1024) + " KiB, the consumer takes up to " +
                std::to_string(batch) +
                " records at once and reads every word; 15 pauses and a yield after a failed try";
  return info;
}

/// After 15 pauses without luck the core is given away: there may be fewer cores than threads.
class patience {
 public:
  void fail() noexcept {
    if (++failures_ % 16 == 0) native_sync::yield();
    native_sync::pause();
  }
  void succeed() noexcept { failures_ = 0; }

 private:
  unsigned failures_ = 0;
};

[[nodiscard]] std::uint64_t word_of(std::span<const std::byte> record, std::size_t at) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, record.data() + at, sizeof word);
  return word;
}

/// Reads every word of the record; the first one carries the number, the others are zero.
struct reader {
  std::uint64_t sum = 0;
  void operator()(std::span<const std::byte> record) noexcept {
    for (std::size_t i = 0; i + 8 <= record.size(); i += 8) sum += word_of(record, i);
  }
};

/// Expects the numbers 1, 2, 3, … in this order.
struct order_reader {
  std::uint64_t seen = 0;
  std::string problem = {};
  void operator()(std::span<const std::byte> record) {
    ++seen;
    if (problem.empty() && word_of(record, 0) != seen) {
      problem = "record " + std::to_string(seen) + " reads as " + std::to_string(word_of(record, 0));
    }
  }
};

template <class Rival, std::size_t Bytes>
void send_numbers(Rival& rival, std::uint64_t count) {
  record_of<Bytes> record{};
  patience wait;
  for (std::uint64_t i = 1; i <= count; ++i, wait.succeed()) {
    std::memcpy(record.data(), &i, sizeof i);
    while (!rival.send(record)) wait.fail();
  }
}

template <class Rival, class Reader>
void receive_all(Rival& rival, std::uint64_t count, Reader& use) {
  patience wait;
  for (std::uint64_t received = 0; received < count;) {
    const std::size_t got = rival.receive(batch, use);
    received += got;
    got != 0 ? wait.succeed() : wait.fail();
  }
}

/// Whole batches: the raw limit publishes nothing else.
[[nodiscard]] std::uint64_t whole_batches(std::uint64_t count) noexcept { return (count + batch - 1) / batch * batch; }

template <class Rival, std::size_t Bytes>
measurement measure(const work& todo) {
  const auto rival = std::make_unique<Rival>();
  const std::uint64_t count = whole_batches(todo.count);
  reader use;
  const time_span span = run_pair(
      todo.cpus,
      [&](start_gate& gate) {
        gate.wait();
        return timed([&] { send_numbers<Rival, Bytes>(*rival, count); });
      },
      [&](start_gate& gate) {
        gate.wait();
        return timed([&] { receive_all(*rival, count, use); });
      });
  require_sum(use.sum, count);
  return {static_cast<double>(count * Bytes) / span.ns() * 1e3, span.seconds()};
}

/// One thread copies as many records into a region of that size, and reads none.
template <std::size_t Bytes>
measurement measure_copying(const work& todo) {
  const auto region = std::make_unique<std::array<record_of<Bytes>, region_bytes / Bytes>>();
  const time_span span = run_alone(todo.cpus.first, [&] {
    record_of<Bytes> record{};
    return timed([&] {
      for (std::uint64_t i = 0; i < todo.count; ++i) {
        std::memcpy(record.data(), &i, sizeof i);
        record_of<Bytes>& kept = (*region)[i % region->size()];
        kept = record;
        keep(kept);
      }
    });
  });
  return {static_cast<double>(todo.count * Bytes) / span.ns() * 1e3, span.seconds()};
}

template <class Rival, std::size_t Bytes>
std::string smoke() {
  constexpr std::uint64_t count = 20'000;
  const auto rival = std::make_unique<Rival>();
  std::thread sender([&] { send_numbers<Rival, Bytes>(*rival, count); });
  order_reader use;
  receive_all(*rival, count, use);
  sender.join();
  return use.problem;
}

template <class Rival, std::size_t Bytes>
void enlist(std::string name, role plays, std::string note = {}) {
  registry::global().add(cell_of(Bytes), {{.name = std::move(name), .plays = plays, .note = std::move(note)},
                                          &measure<Rival, Bytes>,
                                          &smoke<Rival, Bytes>});
}

template <std::size_t Bytes>
void enlist_all() {
  using one = byte_ring<byte_options{.check_roles = false}>;
  using many = mpsc_byte_ring<byte_options{.check_roles = false}>;
  registry::global().add(
      cell_of(Bytes),
      {{.name = "limit: memcpy", .plays = role::limit, .note = "one thread, no reader"}, &measure_copying<Bytes>});
  enlist<raw_limit<Bytes>, Bytes>(std::string(raw_name), role::limit, "its position moves once a batch");
  enlist<fixed_elements<Bytes>, Bytes>("tidegate::spsc_ring", role::reference, "fixed elements of that size");
  enlist<byte_records<one, Bytes, entering::copied>, Bytes>("tidegate::byte_ring", role::ours, "try_push");
  enlist<byte_records<one, Bytes, entering::in_place>, Bytes>("tidegate::byte_ring (in place)", role::ours,
                                                              "try_claim");
  enlist<byte_records<many, Bytes, entering::copied>, Bytes>("tidegate::mpsc_byte_ring", role::ours, "try_push");
  enlist<byte_records<many, Bytes, entering::in_place>, Bytes>("tidegate::mpsc_byte_ring (in place)", role::ours,
                                                               "try_claim");
}

}  // namespace
}  // namespace tidegate::bench

int main(int argc, char** argv) {
  using namespace tidegate::bench;
  enlist_all<64>();
  enlist_all<256>();
  return run_suite({.name = "bytes", .summary = "Records of bytes through the byte rings", .regimes = {"records"}},
                   argc, argv);
}
