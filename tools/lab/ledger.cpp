#include "lab/ledger.hpp"

#include <algorithm>
#include <cstdlib>

namespace tidegate::lab {

std::uint64_t imbalance_of(const conservation& account) noexcept {
  return static_cast<std::uint64_t>(std::llabs(account.balance_of_offers()) +
                                    std::llabs(account.balance_of_accepted()));
}

std::uint64_t ledger::accepted_count() const noexcept {
  return count_of(push_status::ok) + count_of(push_status::evicted) + count_of(push_status::spilled);
}

std::uint64_t ledger::inside(const policy& of) const noexcept {
  const std::uint64_t in = accepted_count();  // before what has left: it may be too few, not too many
  const losses lost = of.lost();
  const std::uint64_t gone =
      completed_.load(relaxed) + discarded_.load(relaxed) + lost.evicted + lost.expired + lost.shed;
  return in > gone ? in - gone : 0;
}

conservation ledger::account(const policy& of) const noexcept {
  conservation all;
  all.offered = offered_count();
  all.accepted = accepted_count();
  all.rejected = count_of(push_status::full) + count_of(push_status::too_heavy);
  all.dropped = count_of(push_status::dropped);
  all.throttled = count_of(push_status::shed) + count_of(push_status::expired);
  all.timed_out = count_of(push_status::timed_out);
  all.cancelled = count_of(push_status::cancelled);
  all.closed = count_of(push_status::closed);
  all.without_row = count_of(push_status::no_row);
  const losses lost = of.lost();
  all.evicted = lost.evicted;
  all.expired = lost.expired;
  all.shed = lost.shed;
  all.completed = completed_.load(relaxed);
  all.in_service = taken_.load(relaxed) - all.completed;
  all.discarded = discarded_.load(relaxed);
  all.queued = of.depth();
  return all;
}

std::uint64_t ledger::imbalance_while_running(const policy& of) const noexcept {
  constexpr int tries = 100;
  std::uint64_t least = imbalance_of(account(of));
  for (int i = 0; i < tries && least != 0; ++i) least = std::min(least, imbalance_of(account(of)));
  return least;
}

}  // namespace tidegate::lab
