#include "pump/verdict.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "pump/concat.hpp"
#include "pump/sink_text.hpp"
#include "pump/units.hpp"

namespace tidegate::pump {
namespace {

std::string amount(const tally& of) {
  return concat(group_digits(of.records), of.records == 1 ? " record (" : " records (", group_digits(of.bytes),
                " bytes)");
}

std::string unconfirmed(std::uint64_t bytes) {
  return concat(group_digits(bytes), " bytes sent but not confirmed by the peer");
}

std::string lost(const tally& records, std::uint64_t unconfirmed_bytes) {
  return concat(amount(records), " not delivered",
                unconfirmed_bytes > 0 ? concat(", ", unconfirmed(unconfirmed_bytes)) : std::string());
}

/// Of each sink that ended before its time; what was still outside the sinks, `waiting`, none of them got. Empty: none.
std::string failures(const std::vector<branch_report>& sinks, const tally& waiting) {
  std::string all;
  for (const branch_report& each : sinks) {
    if (!each.error) continue;
    const tally missing = each.undelivered + waiting;
    const bool only_unconfirmed = missing.records == 0 && each.unacknowledged_bytes > 0;
    all += concat(all.empty() ? "" : "; ", each.name, ": ", each.error.message(), "; ",
                  only_unconfirmed ? unconfirmed(each.unacknowledged_bytes) : lost(missing, each.unacknowledged_bytes));
  }
  return all;
}

}  // namespace

void add_sinks(report& of, delivery&& out) {
  of.taken = out.taken;
  of.sinks = std::move(out.sinks);
  const branch_report& least = worst(of.sinks);
  of.account.delivered = least.delivered;
  of.account.dropped += least.dropped;
  of.account.undelivered += least.undelivered;
  of.added_bytes = least.added_bytes;
}

void judge(report& of, const reading& in, const std::string& failed, bool interrupted) {
  std::uint64_t unconfirmed_bytes = 0;
  for (const branch_report& each : of.sinks) unconfirmed_bytes += each.unacknowledged_bytes;
  const tally waiting = in.account.undelivered + in.account.timed_out;
  const tally left_over = of.account.undelivered + of.account.timed_out;
  const bool any_left = left_over.records > 0 || std::ranges::any_of(of.sinks, [](const branch_report& each) {
                          return each.undelivered.records > 0;
                        });
  of.code = exit_code::lost;
  if (!of.balanced()) {
    of.problem = "the account does not balance: records were lost without a reason";
  } else if (!failed.empty()) {
    of.problem = concat(failed, "; ", lost(left_over, unconfirmed_bytes));
  } else if (std::string why = failures(of.sinks, waiting); !why.empty()) {
    of.problem = std::move(why);
  } else if (any_left) {
    of.problem = concat("interrupted, and the deadline passed: ", lost(left_over, unconfirmed_bytes));
  } else if (unconfirmed_bytes > 0) {
    of.problem = concat("interrupted, and the deadline passed: ", unconfirmed(unconfirmed_bytes));
  } else if (of.account.rejected.records > 0) {
    of.problem = concat(amount(of.account.rejected), " rejected by a full queue");
  } else if (in.worst != exit_code::done) {
    of.code = in.worst;
    of.problem = in.problem;
  } else if (interrupted) {
    of.code = exit_code::interrupted;
    of.problem = "interrupted; everything that was read is delivered";
    if (of.unfinished.bytes > 0) {
      of.problem += concat(", but for ", group_digits(of.unfinished.bytes), " bytes of unfinished records");
    }
  } else {
    of.code = exit_code::done;
  }
}

}  // namespace tidegate::pump
