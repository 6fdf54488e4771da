// rte_ring_of.hpp: DPDK's rte_ring in its four ways of synchronising, for elements of any size that is a multiple of 4.
//
// DPDK's environment is not initialised: rte_ring_create() would reserve memory through it, rte_ring_init() takes ours.
#pragma once

#include <rte_config.h>
#include <rte_ring.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <type_traits>

namespace tidegate::bench {

enum class rte_kind : std::uint8_t { one_to_one, many, relaxed_tail, head_tail };

[[nodiscard]] constexpr unsigned rte_flags(rte_kind kind) noexcept {
  constexpr unsigned flags[] = {RING_F_SP_ENQ | RING_F_SC_DEQ, 0, RING_F_MP_RTS_ENQ | RING_F_MC_RTS_DEQ,
                                RING_F_MP_HTS_ENQ | RING_F_MC_HTS_DEQ};
  return flags[static_cast<std::size_t>(kind)];
}

/// Holds one element less than the capacity.
template <class T, std::size_t Capacity, rte_kind Kind>
class rte_ring_of {
 public:
  rte_ring_of() {
    if (ring_ == nullptr || rte_ring_init(ring_.get(), "bench", Capacity, rte_flags(Kind)) != 0) throw std::bad_alloc();
  }

  bool try_push(const T& value) { return try_push_n(&value, 1) == 1; }
  bool try_pop(T& out) { return try_pop_n(&out, 1) == 1; }

  std::size_t try_push_n(const T* items, std::size_t n) {
    const auto count = static_cast<unsigned>(n);
    if constexpr (Kind == rte_kind::one_to_one) {
      return rte_ring_sp_enqueue_burst_elem(ring_.get(), items, sizeof(T), count, nullptr);
    } else if constexpr (Kind == rte_kind::many) {
      return rte_ring_mp_enqueue_burst_elem(ring_.get(), items, sizeof(T), count, nullptr);
    } else {
      return rte_ring_enqueue_burst_elem(ring_.get(), items, sizeof(T), count, nullptr);
    }
  }
  std::size_t try_pop_n(T* out, std::size_t n) {
    const auto count = static_cast<unsigned>(n);
    if constexpr (Kind == rte_kind::one_to_one) {
      return rte_ring_sc_dequeue_burst_elem(ring_.get(), out, sizeof(T), count, nullptr);
    } else if constexpr (Kind == rte_kind::many) {
      return rte_ring_mc_dequeue_burst_elem(ring_.get(), out, sizeof(T), count, nullptr);
    } else {
      return rte_ring_dequeue_burst_elem(ring_.get(), out, sizeof(T), count, nullptr);
    }
  }

 private:
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) % 4 == 0);

  struct free_memory {
    void operator()(rte_ring* ring) const noexcept { std::free(ring); }
  };

  static rte_ring* allocate() {
    constexpr std::size_t line_bytes = 128;
    const auto bytes = static_cast<std::size_t>(rte_ring_get_memsize_elem(sizeof(T), Capacity));
    return static_cast<rte_ring*>(std::aligned_alloc(line_bytes, (bytes + line_bytes - 1) / line_bytes * line_bytes));
  }

  const std::unique_ptr<rte_ring, free_memory> ring_{allocate()};
};

}  // namespace tidegate::bench
