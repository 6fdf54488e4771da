// Records of any length in one region: written and read in place by several producers and one consumer.
#include <cstdio>
#include <cstring>
#include <string_view>
#include <thread>

#include "tidegate/ring/byte_claim.hpp"
#include "tidegate/ring/byte_options.hpp"
#include "tidegate/ring/byte_ring.hpp"
#include "tidegate/ring/mpsc_byte_ring.hpp"

int main() {
  tidegate::mpsc_byte_ring<> log(4096);  // byte_ring<> where one thread writes
  const auto say = [&log](std::string_view text) {
    auto room = log.try_claim(64);  // as much as it may become; `full` when that is not there
    if (!room) return;
    std::memcpy(room.bytes().data(), text.data(), text.size());
    room.publish(text.size());  // dropped instead, it would be skipped
  };
  std::thread([&] { say("low water"); }).join();
  say("high water");
  std::size_t letters = 0;
  for (std::span<const std::byte> record : log.try_peek(1)) letters += record.size();  // released by nobody: it stays
  const std::size_t records = log.try_consume_n(16, [&letters](std::span<std::byte> record) {
    letters += record.size();
    return record.size() > 64 ? tidegate::record_verdict::abort : tidegate::record_verdict::go_on;
  });
  std::printf("%zu records, %zu letters, %zu bytes free\n", records, letters, log.credits_hint());
  return records == 2 && letters == 28 ? 0 : 1;
}
