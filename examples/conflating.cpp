// Prices of many instruments: a slow reader gets the newest price of each, and no instrument can starve another one.
#include <cstdint>
#include <cstdio>
#include <thread>

#include "tidegate/queue/conflating_queue.hpp"

int main() {
  using namespace tidegate;
  constexpr std::uint32_t instruments = 50;
  conflating_queue<std::uint32_t, double> prices({.capacity = instruments});  // room for one price of each

  std::jthread feed([&] {
    for (std::uint32_t i = 0; i < 100'000; ++i) {
      const std::uint32_t instrument = i % instruments;
      if (!accepted(prices.push(instrument, 100.0 + i))) return;  // `evicted`: replaced the one that was not read
    }
    prices.close();  // the newest prices are still delivered
  });

  std::uint32_t instrument = 0;
  double price = 0, last = 0, read = 0, replaced = 0;
  while (prices.pop(instrument, price) == pop_status::ok) {
    if (instrument == instruments - 1) last = price;
    read += 1;
    replaced += static_cast<double>(prices.replaced());
  }
  std::printf("read %g prices, %g were replaced before\n", read, replaced);
  return read + replaced == 100'000 && last == 100.0 + 99'999 ? 0 : 1;
}
