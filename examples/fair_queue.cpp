// Tenants of one worker: who floods the queue is refused alone.
#include "tidegate/queue/fair_queue.hpp"

#include <cstdio>
#include <string>

int main() {
  using tidegate::pop_status;
  using tidegate::push_status;
  tidegate::fair_queue<std::string, int> requests({.buckets = 64, .capacity = 100, .seed = 2026});

  int refused = 0;
  for (int i = 0; i < 1'000; ++i) refused += requests.try_push("noisy", 0) == push_status::full ? 1 : 0;
  if (requests.try_push("quiet", 7) != push_status::ok) return 1;

  int request = 0;
  int waited = 0;
  while (requests.try_pop(request) == pop_status::ok && request != 7) ++waited;
  const auto noisy = requests.stats_of(requests.bucket_of("noisy"));
  std::printf("%d refused, all of one bucket: %llu; the other waited for %d\n", refused,
              static_cast<unsigned long long>(noisy.rejected), waited);
  return refused == 900 && noisy.rejected == 900 && waited <= 4 ? 0 : 1;
}
