// Every reader sees every tick; one that is too slow is told how many it has lost, and delays nobody.
#include <cstdint>
#include <functional>
#include <thread>
#include <tidegate/ring/broadcast_reader.hpp>
#include <tidegate/ring/broadcast_ring.hpp>

using namespace tidegate;
using tick_ring = broadcast_ring<std::uint64_t, broadcast_options{.mode = broadcast_mode::lap}>;

static void account(tick_ring::reader ticks, std::uint64_t& total) {
  std::uint64_t tick = 0;
  for (auto status = pop_status::empty; status != pop_status::closed;) {
    status = ticks.try_pop(tick);
    if (status == pop_status::ok) ++total;                         // one more seen
    if (status == pop_status::lapped) total += ticks.last_lost();  // overtaken: so many are gone
  }
}

int main() {
  tick_ring ring(1024);
  std::uint64_t totals[2] = {};
  std::thread one(account, ring.make_reader(), std::ref(totals[0]));
  std::thread other(account, ring.make_reader(), std::ref(totals[1]));
  for (std::uint64_t tick = 1; tick <= 100'000; ++tick) static_cast<void>(ring.try_push(tick));
  ring.close();
  one.join();
  other.join();
  return totals[0] == 100'000 && totals[1] == 100'000 ? 0 : 1;
}
