// What one producer does on a byte ring, each as a function of its own, for check.py. Records of 16 bytes: those of any
// size are copied by a call.
#include <array>
#include <cstddef>
#include <cstring>
#include <span>

#include "tidegate/ring/byte_ring.hpp"
#include "tidegate/ring/mpsc_byte_ring.hpp"

using namespace tidegate;

namespace {

using one = byte_ring<byte_options{.check_roles = false}>;
using many = mpsc_byte_ring<byte_options{.check_roles = false}>;
using record = std::array<std::byte, 16>;

template <class Ring>
[[gnu::always_inline]] inline bool claim_and_publish(Ring& ring, const record& from) {
  auto claim = ring.try_claim(from.size());
  if (!claim) return false;
  std::memcpy(claim.bytes().data(), from.data(), from.size());
  claim.publish(from.size());
  return true;
}

}  // namespace

extern "C" {

[[gnu::flatten]] push_status lean_push(one& ring, const record& from) { return ring.try_push(from); }
[[gnu::flatten]] bool lean_claim(one& ring, const record& from) { return claim_and_publish(ring, from); }
[[gnu::flatten]] std::size_t lean_depth_hint(many& ring) { return ring.depth_hint(); }

// Closing changes the word that claims exchange: the control.
void costly_close(many& ring) { ring.close(); }

}  // extern "C"
