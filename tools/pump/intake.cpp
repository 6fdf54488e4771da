#include "pump/intake.hpp"

#include <algorithm>

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

  const std::span<record> all(batch_.data(), lengths.size());
  refusal why = refusal::full;
  if (!credited_ && !gain_credit(why)) {
    if (rules_.overflow == overflow_policy::sample) rules_.sampling.give_back(all.size());
    refuse(all, why);
  } else if (rules_.overflow == overflow_policy::sample) {
    admit_sample(all);
  } else {
    admit(all);
  }
  account_.evicted = to_.evicted();
  show_losses();
}

void intake::admit(std::span<record> left) noexcept {
  for (;;) {
    left = left.subspan(try_admit(left));
    if (left.empty()) return;
    refusal why = refusal::full;
    const std::size_t admitted = make_room_and_admit(left, why);
    left = left.subspan(admitted);
    if (admitted > 0) continue;
    if (why == refusal::out_of_time) return refuse(left, why);
    refuse(left.first(1), why);  // this one met a full queue; the next one may not
    left = left.subspan(1);
  }
}

/// As a queue's offer() with overflow_kind::sample, which knows of one kind of room only; many at once while there is
/// plenty.
void intake::admit_sample(std::span<record> left) noexcept {
  const std::size_t most = sampled_depth(to_.capacity());
  while (!left.empty()) {
    const bool samples = is_nearly_full();
    const std::size_t depth = std::min(to_.depth_hint(), most - 1);
    const std::uint64_t weight = rules_.sampling.judge(samples);
    if (weight == 0) {
      refuse(left.first(1), refusal::full);
      left = left.subspan(1);
      continue;
    }
    const std::size_t admitted = try_admit(left.first(samples ? 1 : std::min(left.size(), most - depth)));
    if (admitted == 0) {
      rules_.sampling.give_back(weight);
      refuse(left.first(1), refusal::full);
    } else {
      kept_weight_ += weight + admitted - 1;
    }
    left = left.subspan(std::max<std::size_t>(admitted, 1));
  }
}

bool intake::is_nearly_full() const noexcept {
  return to_.depth_hint() >= sampled_depth(to_.capacity()) || blocks_.saturation_hint() >= sampled_saturation;
}

bool intake::gain_credit(refusal& why) noexcept {
  credited_ = blocks_.spare();
  while (!credited_ && to_.evict_oldest()) credited_ = blocks_.spare();
  if (credited_ || rules_.overflow != overflow_policy::block) return credited_;
  const entry_rules::waiter_limit::place mine(rules_.waiters);
  credited_ = mine && blocks_.wait_for_spare(until_);
  why = mine ? refusal::out_of_time : refusal::turned_away;
  return credited_;
}

std::size_t intake::try_admit(std::span<record> records) noexcept {
  const std::size_t admitted = to_.try_push_n(records.data(), records.size());
  blocks_.admitted(admitted);
  return admitted;
}

/// Does what the policy says about a full queue. How many got in after all; 0 leaves `why`.
std::size_t intake::make_room_and_admit(std::span<record> records, refusal& why) noexcept {
  if (rules_.overflow != overflow_policy::block) return 0;
  const entry_rules::waiter_limit::place mine(rules_.waiters);
  why = mine ? refusal::out_of_time : refusal::turned_away;
  return mine ? wait_to_admit(records) : 0;
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

void intake::refuse(std::span<const record> records, refusal why) noexcept {
  std::uint64_t bytes = 0;
  for (const record& each : records) bytes += each.length;
  reason(why).add(records.size(), bytes);
}

/// Observations.
void intake::show_losses() noexcept {
  const tally lost = account_.dropped + account_.rejected + account_.sampled + account_.evicted;
  shown_.lost_records.set(lost.records);
  shown_.rejected.set(account_.rejected.records);
  shown_.dropped.set(account_.dropped.records);
  shown_.sampled.set(account_.sampled.records);
  shown_.evicted.set(account_.evicted.records);
  shown_.timed_out.set(account_.timed_out.records);
}

/// The term of the account.
tally& intake::reason(refusal why) noexcept {
  if (why == refusal::turned_away) return account_.rejected;
  if (why == refusal::out_of_time) return until_.giving_up() ? account_.undelivered : account_.timed_out;
  switch (rules_.overflow) {
    case overflow_policy::sample: return account_.sampled;
    case overflow_policy::drop_oldest:
    case overflow_policy::drop_newest: return account_.dropped;
    case overflow_policy::block:
    case overflow_policy::reject: break;
  }
  return account_.rejected;
}

}  // namespace tidegate::pump
