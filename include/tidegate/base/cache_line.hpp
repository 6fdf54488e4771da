// cache_line.hpp: the unit of sharing between cores. State written by different threads lives on different lines.
//
// A constant of our own: the standard's std::hardware_destructive_interference_size moves with compiler flags and would
// make layout part of nobody's ABI.
#pragma once

#include <cstddef>

namespace tidegate {

#if defined(__powerpc64__) || (defined(__aarch64__) && defined(__APPLE__))
inline constexpr std::size_t cache_line_bytes = 128;
#else
inline constexpr std::size_t cache_line_bytes = 64;
#endif

}  // namespace tidegate
