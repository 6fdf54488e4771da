// Room first, then the work that cannot be undone, then the push that cannot fail.
#include "tidegate/queue/reserving_queue.hpp"

#include <cstdio>
#include <thread>

#include "tidegate/queue/mpsc_queue.hpp"
#include "tidegate/queue/reservation.hpp"

int main() {
  tidegate::reserving_queue<tidegate::mpsc_queue<int>> ledger({.capacity = 8});
  int booked = 0;
  std::jthread clerk([&] {
    for (int entry = 0; ledger.pop(entry) == tidegate::pop_status::ok;) booked += entry;
  });
  std::jthread teller([&] {
    for (int i = 0; i < 1'000; ++i) {
      auto room = ledger.reserve(2);  // waits for room for both, or neither
      if (!room) return;
      // ... money moves here, and must be booked ...
      if (!accepted(room.push(100)) || (i % 2 == 0 && !accepted(room.push(-40)))) return;
    }                // an unused place comes back
    ledger.close();  // waits for reservations that are out: nobody loses what was promised
  });
  teller.join();
  clerk.join();
  std::printf("booked %d\n", booked);
  return booked == 1'000 * 100 - 500 * 40 ? 0 : 1;
}
