// uring_words.hpp: the numbers of later kernels that liburing 2.3 has no words for. Whether they work is probed.
// Source: include/uapi/linux/io_uring.h, futex.h and prctl.h of Linux 6.18.
#pragma once

#include <cstdint>

namespace tidegate::detail::uring_word {

inline constexpr std::uint8_t op_futex_wait = 51;            // IORING_OP_FUTEX_WAIT, 6.7
inline constexpr unsigned register_send_msg_ring = 31;       // IORING_REGISTER_SEND_MSG_RING, 6.13
inline constexpr std::uint64_t futex_any = 0xffff'ffff;      // FUTEX_BITSET_MATCH_ANY
inline constexpr std::int32_t futex_word_private = 2 | 128;  // FUTEX2_SIZE_U32 | FUTEX2_PRIVATE
inline constexpr unsigned no_ring = ~0u;                     // the descriptor of who registers without one

}  // namespace tidegate::detail::uring_word
