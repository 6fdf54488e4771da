#include "pump/intake.hpp"

#include <thread>

namespace tidegate::pump {
namespace {

constexpr int looks_for_room = 64;

}  // namespace

void intake::offer(std::size_t offset, std::span<const std::uint32_t> lengths) noexcept {
  const std::uint32_t block = blocks_.open();
  auto at = static_cast<std::uint32_t>(offset);
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    batch_[i] = {block, at, lengths[i]};
    at += lengths[i];
  }
  account_.offered.add(lengths.size(), at - offset);
  shown_.offered_bytes.set(account_.offered.bytes);

  const std::span<record> records(batch_.data(), lengths.size());
  if (overflow_ == overflow_policy::sample) return admit_sampled(records);
  admit(records);
}

void intake::admit(std::span<record> left) noexcept {
  if (!credited_ && !gain_credit()) return refuse(left, reason());
  for (;;) {
    left = left.subspan(try_admit(left));
    if (left.empty()) return;
    if (overflow_ == overflow_policy::drop_oldest && make_room()) continue;
    if (overflow_ != overflow_policy::block) {
      refuse(left.first(1), reason());  // this one met a full queue; the next one may not
      left = left.subspan(1);
      continue;
    }
    if (!may_wait()) {
      refuse(left.first(1), &ledger::rejected);  // as many wait as may
      left = left.subspan(1);
      continue;
    }
    const std::size_t admitted = wait_to_admit(left);
    places_.release();
    if (admitted == 0) return refuse(left, reason());
    left = left.subspan(admitted);
  }
}

/// Record by record from half of the capacity on: one of so many is kept, and stands for the others.
void intake::admit_sampled(std::span<record> records) noexcept {
  while (!records.empty()) {
    const bool samples = to_.half_full();
    const std::uint64_t weight = sampling_.judge(samples);
    if (weight == 0) {
      refuse(records.first(1), &ledger::dropped);
    } else if ((!credited_ && !gain_credit()) || try_admit(records.first(1)) == 0) {
      sampling_.give_back(weight);
      refuse(records.first(1), &ledger::dropped);
    }
    records = records.subspan(1);
  }
}

bool intake::gain_credit() noexcept {
  if (overflow_ == overflow_policy::drop_oldest) {
    while (!blocks_.spare()) {
      if (!evict()) return false;  // the memory is the sink's
    }
    return credited_ = true;
  }
  credited_ = blocks_.spare();
  if (credited_ || overflow_ != overflow_policy::block) return credited_;
  if (!may_wait()) return false;
  credited_ = blocks_.wait_for_spare(until_);
  places_.release();
  return credited_;
}

/// Takes a place to wait at; false when all are taken, and only then: nothing that blocks is refused by bad luck.
bool intake::may_wait() noexcept {
  acquire_status status = acquire_status::contended;
  while (status == acquire_status::contended) status = places_.try_acquire();
  return status == acquire_status::ok;
}

/// Evicts the oldest record; false when there is none.
bool intake::evict() noexcept {
  const tally evicted = to_.evict();
  account_.evicted += evicted;
  return evicted.records > 0;
}

/// Makes room for a record by evicting the oldest one; false when there is none. The room of one that somebody has just
/// taken comes back soon, or late if its thread has been stopped: it is not waited for.
bool intake::make_room() noexcept {
  for (int look = 0; look < looks_for_room; ++look) {
    if (evict() || !to_.full()) return true;
    std::this_thread::yield();
  }
  return false;
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

void intake::refuse(std::span<const record> records, tally ledger::*reason) noexcept {
  std::uint64_t bytes = 0;
  for (const record& each : records) bytes += each.length;
  (account_.*reason).add(records.size(), bytes);
  shown_.refused_records.set(account_.dropped.records + account_.rejected.records + account_.evicted.records);
}

/// Why a record is refused that finds no room. Of those that block: the time was over, or too many wait.
tally ledger::*intake::reason() const noexcept {
  switch (overflow_) {
    case overflow_policy::block: return until_.over() ? &ledger::undelivered : &ledger::rejected;
    case overflow_policy::reject: return &ledger::rejected;
    case overflow_policy::drop_newest:
    case overflow_policy::drop_oldest:
    case overflow_policy::sample: break;
  }
  return &ledger::dropped;
}

}  // namespace tidegate::pump
