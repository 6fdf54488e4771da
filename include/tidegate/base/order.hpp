// order.hpp: memory orders under short names. Every use other than relaxed names its partner by a [tag].
#pragma once

#include <atomic>

namespace tidegate::order {

inline constexpr std::memory_order relaxed = std::memory_order_relaxed;
inline constexpr std::memory_order acquire = std::memory_order_acquire;
inline constexpr std::memory_order release = std::memory_order_release;
inline constexpr std::memory_order acq_rel = std::memory_order_acq_rel;
inline constexpr std::memory_order seq_cst = std::memory_order_seq_cst;

}  // namespace tidegate::order
