// intake.hpp: the way of a record into the queue, under the overflow policy. What is not admitted is counted.
//
// Thread role: the reader.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "pump/block_pool.hpp"
#include "pump/control.hpp"
#include "pump/entry_rules.hpp"
#include "pump/ledger.hpp"
#include "pump/passage.hpp"
#include "pump/progress.hpp"

namespace tidegate::pump {

/// How many records are cut and offered in one go.
inline constexpr std::size_t records_at_once = 1024;

class intake {
 public:
  intake(record_entrance& to, block_share& blocks, entry_rules& rules, const control& until,
         reader_progress& shown) noexcept
      : to_(to), blocks_(blocks), rules_(rules), until_(until), shown_(shown) {}

  /// Offers records that lie one behind the other in the open block, from `offset` on. At most records_at_once.
  void offer(std::size_t offset, std::span<const std::uint32_t> lengths) noexcept;

  /// True when the queue may hold records of the open block: it must not be written over.
  [[nodiscard]] bool holds_open_block() const noexcept { return credited_; }

  /// The reader has opened another block, or starts this one afresh.
  void block_opened() noexcept { credited_ = false; }

  /// offered, and what was not admitted; the rest of the terms are others'.
  [[nodiscard]] const ledger& account() const noexcept { return account_; }

  /// How many offered records those that were admitted stand for. With what the sampler has left out in the end it is
  /// as many as were offered, but for those refused for other reasons.
  [[nodiscard]] std::uint64_t kept_weight() const noexcept { return kept_weight_; }

 private:
  /// Why records are refused.
  enum class refusal : std::uint8_t { full, turned_away, out_of_time };

  void admit(std::span<record> records) noexcept;
  void admit_sample(std::span<record> records) noexcept;
  [[nodiscard]] bool is_nearly_full() const noexcept;
  [[nodiscard]] bool gain_credit(refusal& why) noexcept;
  [[nodiscard]] std::size_t try_admit(std::span<record> records) noexcept;
  [[nodiscard]] std::size_t make_room_and_admit(std::span<record> records, refusal& why) noexcept;
  [[nodiscard]] std::size_t wait_to_admit(std::span<record> records) noexcept;
  void refuse(std::span<const record> records, refusal why) noexcept;
  [[nodiscard]] tally& reason(refusal why) noexcept;
  void show_losses() noexcept;

  record_entrance& to_;
  block_share& blocks_;
  entry_rules& rules_;
  const control& until_;
  reader_progress& shown_;
  ledger account_;
  std::uint64_t kept_weight_ = 0;
  bool credited_ = false;
  std::array<record, records_at_once> batch_{};
};

}  // namespace tidegate::pump
