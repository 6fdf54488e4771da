// tidegate_bench_bytes: records of 64 and 256 bytes through the byte rings, beside memcpy of the same bytes, a ring of
// fixed elements and the raw limit. Interleaved rounds; medians and ranges in MB of payload a second.
//
//   tidegate_bench_bytes [--quick] [--rounds N]
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "bench/bytes/rivals.hpp"
#include "bench/harness/clock.hpp"
#include "bench/harness/pin.hpp"
#include "bench/harness/statistics.hpp"

namespace tidegate::bench {
namespace {

/// After 15 pauses without luck the core is given away: there may be fewer cores than threads.
class patience {
 public:
  void fail() noexcept {
    if (++failures_ % 16 == 0) std::this_thread::yield();
    native_sync::pause();
  }
  void succeed() noexcept { failures_ = 0; }

 private:
  unsigned failures_ = 0;
};

/// Reads every word of the record.
struct reader {
  std::uint64_t sum = 0;
  void operator()(std::span<std::byte> record) noexcept {
    for (std::size_t i = 0; i + 8 <= record.size(); i += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, record.data() + i, 8);
      sum += word;
    }
  }
};

template <std::size_t Bytes>
void number(record_of<Bytes>& record, std::uint64_t as) noexcept {
  std::memcpy(record.data(), &as, sizeof as);
}

[[nodiscard]] double megabytes_a_second(std::size_t bytes, std::uint64_t began_ns) {
  return static_cast<double>(bytes) * 1e3 / static_cast<double>(now_ns() - began_ns);
}

/// Ends the program when the sum of the first words is not that of all numbers.
template <std::size_t Bytes>
void expect_sum(std::uint64_t sum, std::uint64_t records) {
  if (sum == records * (records - 1) / 2) return;
  std::fprintf(stderr, "tidegate_bench_bytes: records of %zu bytes were lost or changed\n", Bytes);
  std::exit(1);
}

template <class Rival, std::size_t Bytes>
double transfer(std::size_t records, cpu_pair cpus) {
  const auto rival = std::make_unique<Rival>();
  std::thread producer([&] {
    pin_self(cpus.second);
    record_of<Bytes> record{};
    patience wait;
    for (std::uint64_t i = 0; i < records; ++i, wait.succeed()) {
      number(record, i);
      while (!rival->send(record)) wait.fail();
    }
  });
  reader use;
  patience wait;
  const std::uint64_t began = now_ns();
  for (std::size_t received = 0; received != records;) {
    const std::size_t count = rival->receive(batch, use);
    received += count;
    count != 0 ? wait.succeed() : wait.fail();
  }
  const double speed = megabytes_a_second(records * Bytes, began);
  producer.join();
  expect_sum<Bytes>(use.sum, records);
  return speed;
}

/// One thread copies as many records into a region of that size, and reads none.
template <std::size_t Bytes>
double copy_alone(std::size_t records, cpu_pair) {
  const auto region = std::make_unique<std::array<record_of<Bytes>, region_bytes / Bytes>>();
  record_of<Bytes> record{};
  const std::uint64_t began = now_ns();
  for (std::uint64_t i = 0; i < records; ++i) {
    number(record, i);
    (*region)[i % region->size()] = record;
    std::byte* kept = (*region)[i % region->size()].data();
    asm volatile("" : "+r"(kept) : : "memory");
  }
  return megabytes_a_second(records * Bytes, began);
}

struct entrant {
  std::string name;
  std::function<double(std::size_t, cpu_pair)> run;
  std::vector<double> speeds;
};

template <class Rival, std::size_t Bytes>
[[nodiscard]] entrant entrant_of() {
  return {Rival::name, transfer<Rival, Bytes>, {}};
}

template <std::size_t Bytes>
[[nodiscard]] std::vector<entrant> entrants() {
  using one = byte_ring<byte_options{.check_roles = false}>;
  using many = mpsc_byte_ring<byte_options{.check_roles = false}>;
  return {{"memcpy, one thread, no reader", copy_alone<Bytes>, {}},
          entrant_of<raw_limit<Bytes>, Bytes>(),
          entrant_of<fixed_elements<Bytes>, Bytes>(),
          entrant_of<byte_records<one, Bytes, entry::copied>, Bytes>(),
          entrant_of<byte_records<one, Bytes, entry::in_place>, Bytes>(),
          entrant_of<byte_records<many, Bytes, entry::copied>, Bytes>(),
          entrant_of<byte_records<many, Bytes, entry::in_place>, Bytes>()};
}

template <std::size_t Bytes>
void measure(unsigned rounds, std::size_t total_bytes, cpu_pair cpus) {
  std::vector<entrant> all = entrants<Bytes>();
  for (unsigned round = 0; round < rounds; ++round) {
    for (entrant& each : all) each.speeds.push_back(each.run(total_bytes / Bytes, cpus));
  }
  std::printf("\nrecords of %zu bytes, MB/s of payload, %u rounds\n", Bytes, rounds);
  for (const entrant& each : all) {
    const summary found = summarize(each.speeds);
    std::printf("  %-36s %8.0f  (%.0f to %.0f)\n", each.name.c_str(), found.median, found.min, found.max);
  }
}

int run(int count, char** arguments) {
  unsigned rounds = 15;
  std::size_t bytes = std::size_t{128} << 20;
  for (int i = 1; i < count; ++i) {
    const std::string_view option = arguments[i];
    if (option == "--quick") {
      rounds = 1;
      bytes = std::size_t{1} << 20;
    } else if (option == "--rounds" && i + 1 < count) {
      rounds = static_cast<unsigned>(std::strtoul(arguments[++i], nullptr, 10));
    } else {
      std::fprintf(stderr, "usage: tidegate_bench_bytes [--quick] [--rounds N]\n");
      return 2;
    }
  }
  const auto cpus = choose_cpus();
  if (!cpus) {
    std::printf("skipped: it needs two CPUs\n");
    return 77;
  }
  pin_self(cpus->first);
  std::printf("CPUs %d and %d, region of %zu KiB, consumer takes up to %zu records at once\n", cpus->first,
              cpus->second, region_bytes / 1024, batch);
  measure<64>(rounds, bytes, *cpus);
  measure<256>(rounds, bytes, *cpus);
  return 0;
}

}  // namespace
}  // namespace tidegate::bench

int main(int count, char** arguments) { return tidegate::bench::run(count, arguments); }
