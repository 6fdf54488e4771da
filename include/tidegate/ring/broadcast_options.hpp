// broadcast_options.hpp: what changes the code or the layout of a broadcast_ring, and its numbers.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "tidegate/base/config.hpp"

namespace tidegate {

/// What happens when a reader does not keep up.
enum class broadcast_mode : std::uint8_t {
  gate,  ///< lossless: the slowest reader holds the publisher back; any element
  lap,   ///< the publisher never waits; a reader that was overtaken is told how many it lost; plain elements only
};

/// How many threads publish.
enum class publisher_count : std::uint8_t {
  one,   ///< one thread, on the ring itself; no read-modify-write but where it looks at the readers
  many,  ///< any number, each with a handle of make_publisher()
};

/// Options of a broadcast ring, a template argument: `broadcast_ring<tick, broadcast_options{.mode =
/// broadcast_mode::lap}>`.
struct broadcast_options {
  broadcast_mode mode = broadcast_mode::gate;
  publisher_count publishers = publisher_count::one;
  bool check_roles = checks_enabled;  ///< abort when a second thread publishes on a ring for one

  bool operator==(const broadcast_options&) const = default;
};

/// Where a new reader begins.
enum class reader_start : std::uint8_t {
  next,    ///< at the next element to come
  oldest,  ///< at the oldest one that is still there
};

/// What becomes of a reader in gate mode that holds the publisher back for longer than its grace.
enum class slow_reader : std::uint8_t {
  block,  ///< the publisher is refused until it has read on
  lap,    ///< it loses elements, is told `lapped` and how many, and goes on behind them
  evict,  ///< it is shut out: `evicted` for ever
};

/// A reader, as it is asked for. `slow` and `grace` are of gate mode.
struct reader_options {
  reader_start start = reader_start::next;
  slow_reader slow = slow_reader::block;
  std::chrono::nanoseconds grace{0};  ///< from the first push that it has refused; 0: at that push
};

/// How many readers a ring in gate mode, and how many publishers a ring with several, may have at the same time: each
/// takes a row and keeps it until it leaves. A reader's row costs two cache lines, a publisher's one and a slot.
/// Readers in lap mode need none, nor does a single publisher.
struct broadcast_rows {
  std::size_t readers = 16;
  std::size_t publishers = 16;
};

}  // namespace tidegate
