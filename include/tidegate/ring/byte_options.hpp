// byte_options.hpp: what changes the code of a byte ring, what its consumer may say about a record, what it counts.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tidegate/base/config.hpp"

namespace tidegate {

/// How many threads put records into a byte ring.
enum class producer_count : std::uint8_t { one, many };

/// Options of a byte ring, a template argument.
struct byte_options {
  /// Abort when a second thread plays a single role or finishes another's claim, and when a peek, or a claim of one
  /// producer, is used behind another operation of that side.
  bool check_roles = checks_enabled;

  bool operator==(const byte_options&) const = default;
};

/// What the callback of a controlled consumption says about the record that it was shown.
enum class record_verdict : std::uint8_t {
  go_on,   ///< consumed; show the next one
  commit,  ///< consumed, and the room of all so far is given back at once; show the next one
  stop,    ///< consumed, and that is all
  abort,   ///< not consumed: it will be shown again; that is all
};

/// What became of the room that was ever claimed, as far as the consumer has given it back. In bytes of room (headers,
/// and what rounds a record up, included) but for record_bytes. At rest, with nothing inside:
/// claimed == record_room + abandoned_room + padding_room.
struct byte_counts {
  std::uint64_t claimed = 0;         ///< room ever claimed, padding included; with one producer: published
  std::uint64_t records = 0;         ///< records consumed
  std::uint64_t record_bytes = 0;    ///< their payload
  std::uint64_t record_room = 0;     ///< what they cost
  std::uint64_t abandoned = 0;       ///< claims that came to nothing, those of ended threads included
  std::uint64_t abandoned_room = 0;  ///< what they cost; and what published claims did not use
  std::uint64_t recovered = 0;       ///< of `abandoned`: claims of threads that had ended
  std::uint64_t padding_room = 0;    ///< left free at the region's end, where a record would not fit in one piece
  std::uint64_t claim_waits = 0;     ///< claims that the consumer found in its way, not published yet
  std::uint64_t claim_looks = 0;     ///< times that it looked at one of them in vain
};

}  // namespace tidegate
