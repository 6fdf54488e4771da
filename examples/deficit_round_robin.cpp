// A schedule alone, for queues of your own: three peers, one of them with twice the share.
#include "tidegate/flow/deficit_round_robin.hpp"

#include <array>
#include <cstdint>
#include <cstdio>

int main() {
  using schedule_type = tidegate::deficit_round_robin;
  std::array<schedule_type::lane, 3> peers{{{.weight = 2}, {.weight = 1}, {.weight = 1}}};
  schedule_type schedule(peers, 1'500);  // bytes per weight and round

  std::array<std::uint64_t, 3> sent_bytes{};
  for (std::size_t peer = 0; peer < 3; ++peer) schedule.activate(peer);  // each has something to send
  for (int packet = 0; packet < 10'000; ++packet) {
    const std::size_t peer = schedule.next();
    const std::uint32_t bytes = peer == 2 ? 1'500 : 100;
    schedule.charge(peer, bytes);
    sent_bytes[peer] += bytes;
  }
  std::printf("%llu : %llu : %llu bytes\n", static_cast<unsigned long long>(sent_bytes[0]),
              static_cast<unsigned long long>(sent_bytes[1]), static_cast<unsigned long long>(sent_bytes[2]));
  return sent_bytes[0] > 2 * sent_bytes[2] - 6'000 && sent_bytes[0] < 2 * sent_bytes[2] + 6'000 ? 0 : 1;
}
