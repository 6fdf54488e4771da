// carry_budget.hpp: bounds the memory of unfinished records that many connections leave behind.
//
// A connection may always leave up to small_carry_bytes. More than that needs one of few large places, which is taken
// before the read that could need it. Without a place a connection is read only up to the small limit, and then not at
// all until a place is free: it is slowed down, nobody else is, and memory stays bounded. A place is kept only while a
// large unfinished record is really there.
// Several readers share the places and the connections evenly.
// Thread role: one reader.
#pragma once

#include <sys/resource.h>

#include <algorithm>
#include <cstddef>

#include "pump/source.hpp"

namespace tidegate::pump {

class carry_budget {
 public:
  static constexpr std::size_t small_carry_bytes = 4096;
  static constexpr std::size_t large_places = 8;
  static constexpr std::size_t most_connections = 512;

  /// The budget of one of `readers`.
  explicit carry_budget(std::size_t readers = 1) noexcept : places_(std::max<std::size_t>(large_places / readers, 1)) {}

  /// How many connections are served at once; further ones wait in the kernel's backlog. Fewer when descriptors are
  /// few.
  [[nodiscard]] static std::size_t connection_limit() noexcept {
    constexpr std::size_t kept = 32;  // descriptors for everything else
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return most_connections;
    const std::size_t allowed = files.rlim_cur > kept + 1 ? files.rlim_cur - kept : 1;
    return std::min(allowed, most_connections);
  }

  /// How much may be read from `from` now, of which `unfinished` bytes are there already; takes a place if there is
  /// one.
  [[nodiscard]] std::size_t allowance(source& from, std::size_t unfinished, std::size_t wanted) noexcept {
    if (!from.holds_large_carry && places_ > 0) {
      from.holds_large_carry = true;
      --places_;
    }
    if (from.holds_large_carry) return wanted;
    if (unfinished >= small_carry_bytes) return 0;
    return wanted < small_carry_bytes - unfinished ? wanted : small_carry_bytes - unfinished;
  }

  /// True when a read could make progress.
  [[nodiscard]] bool may_read(const source& from, std::size_t unfinished) const noexcept {
    return from.holds_large_carry || places_ > 0 || unfinished < small_carry_bytes;
  }

  /// After a read that left `unfinished` bytes.
  void settle(source& from, std::size_t unfinished) noexcept {
    if (!from.holds_large_carry || (unfinished > small_carry_bytes && !from.ended)) return;
    from.holds_large_carry = false;
    ++places_;
  }

  [[nodiscard]] static constexpr std::size_t max_bytes(std::size_t max_record_bytes) noexcept {
    return large_places * max_record_bytes + most_connections * small_carry_bytes;
  }

 private:
  std::size_t places_;
};

}  // namespace tidegate::pump
