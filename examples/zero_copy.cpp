// Working in the ring's own memory: claim slots, fill them, publish; peek at elements, use them, release.
#include <algorithm>
#include <cstdio>
#include <string>

#include "tidegate/ring/claim.hpp"
#include "tidegate/ring/ring_options.hpp"
#include "tidegate/ring/spsc_ring.hpp"

int main() {
  // long contiguous spans: the indexed layout
  tidegate::spsc_ring<char, tidegate::ring_options{.layout = tidegate::ring_layout::indexed}> bytes(16);
  const char text[] = "high water";

  auto room = bytes.try_claim(sizeof text);
  std::size_t written = 0;
  for (const auto span : room.spans()) {
    std::copy_n(text + written, span.size(), span.begin());
    written += span.size();
  }
  room.publish(written);  // all or part of what was claimed; a claim that is dropped publishes nothing

  auto shown = bytes.try_peek(16);
  const auto [first, second] = shown.spans();  // two parts where the ring's end cuts the elements
  const std::string found(first.begin(), first.end());
  std::printf("%zu + %zu bytes: %s\n", first.size(), second.size(), found.c_str());
  const bool same = found == std::string(text, sizeof text);
  shown.release(first.size());
  return same && bytes.depth_hint() == 0 ? 0 : 1;
}
