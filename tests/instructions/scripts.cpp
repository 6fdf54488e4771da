// scripts.cpp: the scripts of scripts.hpp.
#include "tests/instructions/scripts.hpp"

#include <array>
#include <utility>

#include "tests/instructions/repeat.hpp"

namespace tidegate::test {
namespace {

template <class Producer, class Consumer>
[[gnu::always_inline]] inline bool pairs(Producer& producer, Consumer& consumer) {
  return repeat([&](word i) {
    if (producer.try_push(i) != push_status::ok) return false;
    nothing_is_kept();
    word out = 0;
    return consumer.try_pop(out) == pop_status::ok && out == i;
  });
}
template <class Ring>
[[gnu::always_inline]] inline bool pairs(Ring& ring) {
  return pairs(ring, ring);
}

template <class Ring>
[[gnu::always_inline]] inline bool pushes(Ring& ring) {
  return repeat([&](word i) { return ring.try_push(i) == push_status::ok; });
}

template <class Ring>
[[gnu::always_inline]] inline bool pops(Ring& ring) {
  word out = 0;
  return repeat([&](word i) { return ring.try_pop(out) == pop_status::ok && out == i; });
}

template <class Ring>
[[gnu::always_inline]] inline bool batches(Ring& ring) {
  std::array<word, batch> in{}, out{};
  return repeat([&](word i) {
    in.back() = i;
    if (ring.try_push_n(in.data(), batch) != batch) return false;
    nothing_is_kept();
    return ring.try_pop_n(out.data(), batch) == batch && out.back() == i;
  });
}

template <class Ring>
[[gnu::always_inline]] inline bool refused_pushes(Ring& ring) {
  return repeat([&](word i) { return ring.try_push(i) == push_status::full; });
}

template <class Ring>
[[gnu::always_inline]] inline bool refused_pops(Ring& ring) {
  word out = 0;
  return repeat([&](word) { return ring.try_pop(out) == pop_status::empty; });
}

template <class Ring>
[[gnu::always_inline]] inline bool claims(Ring& ring) {
  return repeat([&](word i) {
    auto claim = ring.try_claim(portion);
    for (const auto& span : claim.spans()) {
      for (word& element : span) element = i;
    }
    const std::size_t count = claim.count();
    claim.publish(count);
    return count == portion;
  });
}

template <class Ring>
[[gnu::always_inline]] inline bool peeks(Ring& ring) {
  return repeat([&](word i) {
    auto peek = ring.try_peek(portion);
    bool same = peek.count() == portion;
    for (const auto& span : peek.spans()) {
      for (const word& element : span) same &= element == i;
    }
    peek.release(peek.count());
    return same;
  });
}

}  // namespace

bool script_packed_pair(packed& ring) { return pairs(ring); }
bool script_indexed_pair(indexed& ring) { return pairs(ring); }

bool script_move_only_pair(boxes& ring) {
  box travels = std::make_unique<word>(1);
  return repeat([&](word) {
    if (ring.try_push(std::move(travels)) != push_status::ok) return false;
    nothing_is_kept();
    return ring.try_pop(travels) == pop_status::ok && *travels == 1;
  });
}

bool script_blocking_pair(blocking& queue) {
  return repeat([&](word i) {
    if (queue.push(std::move(i)) != push_status::ok) return false;
    nothing_is_kept();
    word out = 0;
    return queue.pop(out) == pop_status::ok && out == i;
  });
}

bool script_packed_push(packed& ring) { return pushes(ring); }
bool script_packed_pop(packed& ring) { return pops(ring); }
bool script_indexed_push(indexed& ring) { return pushes(ring); }
bool script_indexed_pop(indexed& ring) { return pops(ring); }
bool script_blocking_push(blocking& queue) {
  return repeat([&](word i) { return queue.push(std::move(i)) == push_status::ok; });
}
bool script_blocking_pop(blocking& queue) {
  word out = 0;
  return repeat([&](word i) { return queue.pop(out) == pop_status::ok && out == i; });
}

bool script_packed_batch(packed& ring) { return batches(ring); }
bool script_indexed_batch(indexed& ring) { return batches(ring); }

bool script_packed_full(packed& ring) { return refused_pushes(ring); }
bool script_indexed_full(indexed& ring) { return refused_pushes(ring); }
bool script_offer_full(dropping& queue) {
  return repeat([&](word i) { return queue.offer(std::move(i)) == push_status::dropped; });
}
bool script_packed_empty(packed& ring) { return refused_pops(ring); }
bool script_indexed_empty(indexed& ring) { return refused_pops(ring); }

bool script_packed_claim(packed& ring) { return claims(ring); }
bool script_indexed_claim(indexed& ring) { return claims(ring); }
bool script_packed_peek(packed& ring) { return peeks(ring); }
bool script_indexed_peek(indexed& ring) { return peeks(ring); }

bool script_mpmc_pair(mpmc& ring) { return pairs(ring); }
bool script_mpmc_handle_pair(mpmc::producer& producer, mpmc::consumer& consumer) { return pairs(producer, consumer); }
bool script_lock_free_pair(lock_free& ring) { return pairs(ring); }
bool script_in_entries_pair(in_entries& ring) {
  return repeat([&](word i) {
    const auto in = static_cast<std::uint16_t>(i);
    if (ring.try_push(in) != push_status::ok) return false;
    nothing_is_kept();
    std::uint16_t out = 0;
    return ring.try_pop(out) == pop_status::ok && out == in;
  });
}
bool script_mpmc_evict(mpmc& ring) {
  return repeat([&](word i) { return ring.push_evict(std::move(i)) == push_status::evicted; });
}
bool script_mpmc_full(mpmc& ring) { return refused_pushes(ring); }
bool script_mpmc_empty(mpmc& ring) { return refused_pops(ring); }
bool script_mpsc_pair(mpsc& ring) { return pairs(ring); }
bool script_mpsc_push(mpsc& ring) { return pushes(ring); }
bool script_mpsc_pop(mpsc& ring) { return pops(ring); }
bool script_spmc_pair(spmc& ring) { return pairs(ring); }
bool script_spmc_push(spmc& ring) { return pushes(ring); }
bool script_spmc_pop(spmc& ring) { return pops(ring); }

}  // namespace tidegate::test
