// ledger.hpp: the conservation identity: what became of every record that was offered. Plain numbers.
//
// offered = delivered + filtered + dropped + rejected + sampled + evicted + expired + timed_out + undelivered, in
// records and in bytes. These are bytes as they were read, also when --hash adds some. Each term is counted where it
// happens and by whoever does it: offered, refused and evicted by the reader, filtered and expired where records come
// out, delivered by the sink as what the kernel took, undelivered by whoever still held the record at the end. So the
// sum can fail, and then says so.
#pragma once

#include <cstdint>

namespace tidegate::pump {

struct tally {
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;

  constexpr void add(std::uint64_t record_count, std::uint64_t byte_count) noexcept {
    records += record_count;
    bytes += byte_count;
  }
  constexpr tally& operator+=(const tally& other) noexcept {
    add(other.records, other.bytes);
    return *this;
  }
  friend constexpr tally operator+(tally one, const tally& other) noexcept { return one += other; }
  bool operator==(const tally&) const = default;
};

struct ledger {
  tally offered;      ///< cut out of a source
  tally delivered;    ///< the kernel took every byte of it
  tally filtered;     ///< --grep took it out
  tally dropped;      ///< --overflow drop-newest; or drop-oldest, when there was nothing to evict
  tally rejected;     ///< --overflow reject
  tally sampled;      ///< left out by --overflow sample:N
  tally evicted;      ///< made room for a newer one: --overflow drop-oldest
  tally expired;      ///< waited for longer than --deadline-per-record
  tally timed_out;    ///< waited for room when the --deadline passed
  tally undelivered;  ///< accepted when the sink died or the --deadline passed; or waiting to be, when the sink died

  constexpr ledger& operator+=(const ledger& other) noexcept {
    for (tally ledger::*term :
         {&ledger::offered, &ledger::delivered, &ledger::filtered, &ledger::dropped, &ledger::rejected,
          &ledger::sampled, &ledger::evicted, &ledger::expired, &ledger::timed_out, &ledger::undelivered}) {
      this->*term += other.*term;
    }
    return *this;
  }

  [[nodiscard]] constexpr tally accounted() const noexcept {
    return delivered + filtered + dropped + rejected + sampled + evicted + expired + timed_out + undelivered;
  }
  [[nodiscard]] constexpr bool balanced() const noexcept { return offered == accounted(); }
};

}  // namespace tidegate::pump
