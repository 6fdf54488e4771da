#include "pump/intake.hpp"

namespace tidegate::pump {

void intake::offer(std::size_t offset, std::span<const std::uint32_t> lengths) noexcept {
  const std::uint32_t block = blocks_.open();
  auto at = static_cast<std::uint32_t>(offset);
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    batch_[i] = {block, at, lengths[i]};
    at += lengths[i];
  }
  account_.offered.add(lengths.size(), at - offset);
  shown_.offered_bytes.set(account_.offered.bytes);
  to_.begin_batch();

  std::span<record> left(batch_.data(), lengths.size());
  if (!credited_ && !gain_credit()) return refuse(left);
  for (;;) {
    left = left.subspan(try_admit(left));
    if (left.empty()) return;
    if (overflow_ != overflow_policy::block) {
      refuse(left.first(1));  // this one met a full queue; the next one may not
      left = left.subspan(1);
      continue;
    }
    const std::size_t admitted = wait_to_admit(left);
    if (admitted == 0) return refuse(left);
    left = left.subspan(admitted);
  }
}

bool intake::gain_credit() noexcept {
  credited_ = overflow_ == overflow_policy::block ? blocks_.wait_for_spare(until_) : blocks_.spare();
  return credited_;
}

std::size_t intake::try_admit(std::span<record> records) noexcept {
  const std::size_t admitted = to_.try_push_n(records.data(), records.size());
  blocks_.admitted(admitted);
  return admitted;
}

/// How many got in, at least one; 0 when the pump is to end before there is room.
std::size_t intake::wait_to_admit(std::span<record> records) noexcept {
  while (!until_.over()) {
    const std::size_t admitted =
        to_.push_n_until(records.data(), records.size(), until_.until().when(), until_.token());
    blocks_.admitted(admitted);
    if (admitted > 0) return admitted;
  }
  return 0;
}

void intake::refuse(std::span<const record> records) noexcept {
  std::uint64_t bytes = 0;
  for (const record& each : records) bytes += each.length;
  reason().add(records.size(), bytes);
  shown_.refused_records.set(account_.dropped.records + account_.rejected.records);
}

/// Why records are refused now.
tally& intake::reason() noexcept {
  switch (overflow_) {
    case overflow_policy::block: return until_.giving_up() ? account_.undelivered : account_.timed_out;
    case overflow_policy::reject: return account_.rejected;
    case overflow_policy::drop_newest: break;
  }
  return account_.dropped;
}

}  // namespace tidegate::pump
