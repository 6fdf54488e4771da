// Bytes in flight, bounded: who has no credit waits, or does something else.
#include "tidegate/flow/credits.hpp"

#include <chrono>
#include <cstdio>
#include <thread>

#include "tidegate/flow/acquire_status.hpp"
#include "tidegate/flow/credit_options.hpp"

int main() {
  using tidegate::acquire_status;
  using fair = tidegate::credits<tidegate::credit_options{.order = tidegate::waiter_order::fifo}>;
  fair bytes({.total = 64 * 1024, .max_waiters = 8, .name = "bytes in flight"});

  if (bytes.try_acquire(60'000) != acquire_status::ok) return 1;
  if (bytes.try_acquire(10'000) != acquire_status::full) return 1;       // exact: they are not there
  if (bytes.try_acquire(70'000) != acquire_status::too_heavy) return 1;  // and these never can be

  std::jthread acknowledged([&] { bytes.release(60'000); });                                // from any thread
  if (bytes.acquire_for(10'000, std::chrono::seconds(60)) != acquire_status::ok) return 1;  // in order of arrival
  acknowledged.join();

  bytes.set_total(5'000);  // at any time; down never waits
  std::printf("%s: %lld free of %zu\n", bytes.name().c_str(), static_cast<long long>(bytes.free_hint()), bytes.total());
  bytes.release(10'000);
  return bytes.free_hint() == 5'000 ? 0 : 1;
}
