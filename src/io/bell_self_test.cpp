#include "io/bell_self_test.hpp"

#include <chrono>
#include <cstdint>
#include <cstring>
#include <system_error>
#include <thread>

#include "io/bell.hpp"
#include "io/uring_ring.hpp"
#include "io/uring_words.hpp"
#include "tidegate/base/sync.hpp"

namespace tidegate::detail {

namespace {

constexpr std::chrono::seconds patience{2};

struct listener final : ring_client {
  void on_completion(std::uint32_t, std::int32_t code, std::uint32_t) noexcept override {
    ended = true;
    result = code;
  }
  bool ended = false;
  std::int32_t result = 0;
};

/// What came of one request; every request has ended when this returns.
std::string await(uring_ring& ring, unsigned seat, const listener& one) {
  const deadline until = deadline::after(native_sync::now(), patience);
  while (!one.ended && ring.broken() == 0 && !until.reached(native_sync::now())) ring.wait(until);
  if (!one.ended) {
    ring.cancel(seat, 0);
    const deadline soon = deadline::after(native_sync::now(), patience);
    while (!one.ended && ring.broken() == 0 && !soon.reached(native_sync::now())) ring.wait(soon);
    return "a wake did not arrive";
  }
  return one.result >= 0 ? "" : ::strerrorname_np(-one.result);
}

std::string try_futex(uring_ring& ring) {
  if (!ring.has(uring_feature::futex_wait)) return "no such operation";
  std::thread([] {}).join();
  native_sync::atomic<std::uint64_t> word{1};
  listener one;
  const unsigned seat = ring.join(one);
  io_uring_sqe* const entry = ring.next_entry(seat, 0);
  if (entry == nullptr) return "no entry";
  entry->opcode = uring_word::op_futex_wait;
  entry->fd = uring_word::futex_word_private;
  entry->addr = reinterpret_cast<std::uint64_t>(&word) + (std::endian::native == std::endian::big ? 4 : 0);
  entry->off = 1;
  entry->addr3 = uring_word::futex_any;
  static_cast<void>(ring.collect());
  std::thread waker([&] { static_cast<void>(native_sync::futex_wake(word, 1)); });
  std::string outcome = await(ring, seat, one);
  waker.join();
  return outcome;
}

std::string try_message(uring_ring& ring) {
  if (!ring.has(uring_feature::ring_message)) return "left out";
  listener one;
  const unsigned seat = ring.join(one);
  if (!ring.ready()) return "the ring cannot be enabled";
  int refusal = 0;
  std::thread sender([&] { refusal = send_ring_message(ring.fd(), ring.tag(seat, 0)); });
  sender.join();
  if (refusal < 0) return ::strerrorname_np(-refusal);
  return await(ring, seat, one);
}

}  // namespace

std::string objection_to(doorbell_kind kind, uring_features without) {
  if (kind != doorbell_kind::futex && kind != doorbell_kind::ring_message) return "";
  std::string why;
  std::error_code error;
  const auto ring = uring_ring::make({.submissions = 4, .without = without}, why, error);
  if (!ring) return why;
  try {
    return kind == doorbell_kind::futex ? try_futex(*ring) : try_message(*ring);
  } catch (const std::system_error&) {
    return "no thread for the test";
  }
}

}  // namespace tidegate::detail
