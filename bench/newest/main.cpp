// tidegate_bench_newest: latest beside a raw seqlock, and rendezvous beside hand-offs behind a lock.
//
//   latest      one writer as fast as it can, one reader that polls: pushes and fresh reads a second, of 8 and 64 bytes
//   uncontended one push and one read on one thread, ns
//   hand-off    two threads, each element must have been received before the next: exchanges a second
//
// Entrants of a question are measured in the same rounds, one after the other, and first by turns. A seqlock copies
// plain values only and its reader can be outrun for ever; latest carries any type and is wait-free.
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "bench/harness/pin.hpp"
#include "tidegate/queue/rendezvous.hpp"
#include "tidegate/ring/latest.hpp"

namespace tidegate::bench {
namespace {

using bench_clock = std::chrono::steady_clock;

template <std::size_t Bytes>
struct record {
  std::array<std::uint64_t, Bytes / 8> words{};
};

/// The limit for plain values: one line of sequence and data, no read-modify-write.
template <class T>
class seqlock {
 public:
  void write(const T& value) noexcept {
    const std::uint64_t now = sequence_.load(order::relaxed);
    sequence_.store(now + 1, order::relaxed);
    std::atomic_thread_fence(order::release);
    for (std::size_t i = 0; i < words; ++i) data_[i].store(value.words[i], order::relaxed);
    sequence_.store(now + 2, order::release);
  }
  /// False when there is nothing new, or it was overwritten meanwhile.
  bool read(T& out) noexcept {
    const std::uint64_t before = sequence_.load(order::acquire);
    if (before == seen_ || before % 2 != 0) return false;
    for (std::size_t i = 0; i < words; ++i) out.words[i] = data_[i].load(order::relaxed);
    std::atomic_thread_fence(order::acquire);
    if (sequence_.load(order::relaxed) != before) return false;
    seen_ = before;
    return true;
  }

 private:
  static constexpr std::size_t words = sizeof(T) / 8;
  alignas(128) std::atomic<std::uint64_t> sequence_{0};
  std::array<std::atomic<std::uint64_t>, words> data_{};
  alignas(128) std::uint64_t seen_ = 0;
};

template <class T>
class ours {
 public:
  void write(const T& value) noexcept { static_cast<void>(place_.try_push(value)); }
  bool read(T& out) noexcept { return place_.try_pop(out) == pop_status::ok; }

 private:
  latest<T, latest_options{.check_roles = false}> place_;
};

/// A slot behind a mutex, with two condition variables: the textbook's rendezvous.
class locked_hand_off {
 public:
  void push(std::uint64_t value) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !full_; });
    value_ = value;
    full_ = true;
    changed_.notify_all();
    changed_.wait(lock, [&] { return !full_; });
  }
  void pop(std::uint64_t& out) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return full_; });
    out = value_;
    full_ = false;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool full_ = false;
  std::uint64_t value_ = 0;
};

template <wait_kind Wait>
class our_hand_off {
 public:
  void push(std::uint64_t value) { static_cast<void>(place_.push(std::move(value))); }
  void pop(std::uint64_t& out) { static_cast<void>(place_.pop(out)); }

 private:
  rendezvous<std::uint64_t, rendezvous_options{.producers = 4, .consumers = 4, .wait = Wait, .stats = stats_kind::off}>
      place_;
};

struct result {
  std::string name;
  std::vector<double> values;
};

/// For so long both threads run; M writes and M fresh reads a second.
template <class Place>
std::array<double, 2> stream(cpu_pair cpus, std::chrono::milliseconds span) {
  const auto place = std::make_unique<Place>();
  std::atomic<bool> stop{false};
  std::uint64_t written = 0;
  std::uint64_t read = 0;
  const auto start = bench_clock::now();
  {
    std::jthread writer([&] {
      pin_self(cpus.first);
      typename Place::value_type value{};
      while (!stop.load(order::relaxed)) {
        for (int i = 0; i < 64; ++i, ++written) {
          value.words[0] = written;
          place->queue.write(value);
        }
      }
    });
    std::jthread reader([&] {
      pin_self(cpus.second);
      typename Place::value_type value{};
      while (!stop.load(order::relaxed)) {
        for (int i = 0; i < 64; ++i) read += place->queue.read(value) ? 1 : 0;
      }
    });
    std::this_thread::sleep_for(span);
    stop = true;
  }
  const double seconds = std::chrono::duration<double>(bench_clock::now() - start).count();
  return {static_cast<double>(written) / seconds / 1e6, static_cast<double>(read) / seconds / 1e6};
}

template <template <class> class Queue, std::size_t Bytes>
struct streamed {
  using value_type = record<Bytes>;
  Queue<value_type> queue;
};

/// ns of a write and a read on one thread.
template <class Place>
double alone(std::uint64_t count) {
  const auto place = std::make_unique<Place>();
  typename Place::value_type value{};
  std::uint64_t fresh = 0;
  const auto start = bench_clock::now();
  for (std::uint64_t i = 0; i < count; ++i) {
    value.words[0] = i;
    place->queue.write(value);
    fresh += place->queue.read(value) ? 1 : 0;
  }
  if (fresh != count) std::abort();
  return std::chrono::duration<double, std::nano>(bench_clock::now() - start).count() / static_cast<double>(count);
}

/// Thousands of exchanges a second.
template <class HandOff>
double hand_over(cpu_pair cpus, std::uint64_t count) {
  const auto place = std::make_unique<HandOff>();
  const auto start = bench_clock::now();
  {
    std::jthread producer([&] {
      pin_self(cpus.first);
      for (std::uint64_t i = 1; i <= count; ++i) place->push(i);
    });
    pin_self(cpus.second);
    for (std::uint64_t i = 1; i <= count; ++i) {
      std::uint64_t out = 0;
      place->pop(out);
      if (out != i) std::abort();  // one producer: its elements come one after another
    }
  }
  return static_cast<double>(count) / std::chrono::duration<double>(bench_clock::now() - start).count() / 1e3;
}

/// Median, least and largest of each, in the order of the first round.
void tell(const char* question, const char* unit, const std::vector<result>& all) {
  std::printf("%s (%s)\n", question, unit);
  for (const result& one : all) {
    std::vector<double> sorted = one.values;
    std::sort(sorted.begin(), sorted.end());
    std::printf("  %-34s median %9.2f   %9.2f to %9.2f\n", one.name.c_str(), sorted[sorted.size() / 2], sorted.front(),
                sorted.back());
  }
}

struct entry {
  std::string name;
  std::vector<double> (*run)(cpu_pair, bool quick);
};

/// `figures`: how many each run gives, each told as a question of its own.
void ask(const std::vector<std::pair<const char*, const char*>>& figures, const std::vector<entry>& entries,
         cpu_pair cpus, unsigned rounds) {
  std::vector<std::vector<result>> all(figures.size());
  for (auto& figure : all) {
    for (const entry& one : entries) figure.push_back({one.name, {}});
  }
  for (unsigned round = 0; round < rounds; ++round) {
    for (std::size_t step = 0; step < entries.size(); ++step) {
      const std::size_t which = (step + round) % entries.size();
      const std::vector<double> got = entries[which].run(cpus, rounds == 1);
      for (std::size_t i = 0; i < figures.size(); ++i) all[i][which].values.push_back(got[i]);
    }
  }
  for (std::size_t i = 0; i < figures.size(); ++i) tell(figures[i].first, figures[i].second, all[i]);
}

template <class Place>
std::vector<double> run_stream(cpu_pair cpus, bool quick) {
  const auto got = stream<Place>(cpus, std::chrono::milliseconds(quick ? 5 : 100));
  return {got[0], got[1]};
}
template <class Place>
std::vector<double> run_alone(cpu_pair, bool quick) {
  return {alone<Place>(quick ? 1000 : 2'000'000)};
}
template <class HandOff>
std::vector<double> run_hand_off(cpu_pair cpus, bool quick) {
  return {hand_over<HandOff>(cpus, quick ? 200 : 5'000)};
}

template <std::size_t Bytes>
void ask_about_latest(cpu_pair cpus, unsigned rounds) {
  using place = streamed<ours, Bytes>;
  using limit = streamed<seqlock, Bytes>;
  std::printf("\n%zu bytes\n", Bytes);
  ask({{"stream: writes", "M/s"}, {"stream: fresh reads", "M/s"}},
      {{"tidegate::latest", run_stream<place>}, {"limit: raw seqlock", run_stream<limit>}}, cpus, rounds);
  ask({{"write and read, one thread", "ns"}},
      {{"tidegate::latest", run_alone<place>}, {"limit: raw seqlock", run_alone<limit>}}, cpus, rounds);
}

int run(unsigned rounds) {
  const auto cpus = choose_cpus();
  if (!cpus) return 77;
  std::printf("CPUs %d and %d, %u rounds\n", cpus->first, cpus->second, rounds);
  ask_about_latest<8>(*cpus, rounds);
  ask_about_latest<64>(*cpus, rounds);
  std::printf("\nhand-off, 1 producer and 1 consumer\n");
  ask({{"exchanges", "k/s"}},
      {{"tidegate::rendezvous (spin_park)", run_hand_off<our_hand_off<wait_kind::spin_park>>},
       {"tidegate::rendezvous (park)", run_hand_off<our_hand_off<wait_kind::park>>},
       {"mutex and condition variable", run_hand_off<locked_hand_off>}},
      *cpus, rounds);
  return 0;
}

}  // namespace
}  // namespace tidegate::bench

int main(int argc, char** argv) {
  const bool quick = argc == 2 && std::string(argv[1]) == "--quick";
  if (argc > 2 || (argc == 2 && !quick)) {
    std::fprintf(stderr, "tidegate_bench_newest: accepted is --quick\n");
    return 2;
  }
  return tidegate::bench::run(quick ? 1 : 9);
}
