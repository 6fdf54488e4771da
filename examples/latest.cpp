// Quotes that go stale: the newest one wins, and the reader knows how many it has missed.
#include "tidegate/ring/latest.hpp"

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <thread>

#include "tidegate/queue/latest_queue.hpp"

int main() {
  tidegate::latest_queue<std::uint64_t> quotes;  // tidegate::latest is the same without waiting

  std::jthread feed([&] {
    for (std::uint64_t i = 1; i <= 100'000; ++i) {
      if (!accepted(quotes.push(std::uint64_t{i}))) return;  // never waits; `evicted`: the one before was not read
    }
    quotes.close();  // the newest is still delivered
  });

  std::uint64_t read = 0, missed = 0, last = 0;
  while (quotes.hold_for(std::chrono::seconds(60)) == tidegate::pop_status::ok) {  // waits for a fresh one
    last = *quotes.held();                                                         // in place, no copy, no lock
    missed += quotes.skipped();
    ++read;
  }
  std::printf("read %g quotes, missed %g\n", static_cast<double>(read), static_cast<double>(missed));
  return last == 100'000 && read + missed == last ? 0 : 1;
}
