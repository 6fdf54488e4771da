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
  shown_.reader.offered_bytes.set(account_.offered.bytes);

  std::span<record> left(batch_.data(), lengths.size());
  if (!credited_ && !gain_credit()) return refuse(left);
  for (;;) {
    left = left.subspan(queue_.try_push_n(left.data(), left.size()));
    if (left.empty()) return;
    if (overflow_ != overflow_policy::block) {
      refuse(left.first(1));  // this one met a full queue; the next one may not
    } else if (!wait_to_push(left.front())) {
      return refuse(left);
    }
    left = left.subspan(1);
  }
}

bool intake::gain_credit() noexcept {
  credited_ = overflow_ == overflow_policy::block ? blocks_.wait_for_spare(until_) : blocks_.spare();
  return credited_;
}

/// False when the pump is to end before there is room.
bool intake::wait_to_push(const record& next) noexcept {
  while (!until_.over()) {
    const push_status status = queue_.push_until(next, until_.until().when(), until_.token());
    if (accepted(status)) return true;
  }
  return false;
}

void intake::refuse(std::span<const record> records) noexcept {
  std::uint64_t bytes = 0;
  for (const record& each : records) bytes += each.length;
  tally& reason = overflow_ == overflow_policy::block         ? account_.undelivered
                  : overflow_ == overflow_policy::drop_newest ? account_.dropped
                                                              : account_.rejected;
  reason.add(records.size(), bytes);
  shown_.reader.refused_records.set(account_.dropped.records + account_.rejected.records);
}

}  // namespace tidegate::pump
