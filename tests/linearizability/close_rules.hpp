// close_rules.hpp: `closed` is answered after a close, for ever, and by a pop only when everything was delivered.
//
// Where a third thread may close, `late_calls` calls may leave their elements inside (see bounded_fifo.hpp): such that
// had not ended when the first pop that answered `closed` began.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "tests/linearizability/accusation.hpp"
#include "tests/linearizability/history.hpp"
#include "tests/linearizability/value_lives.hpp"

namespace tidegate::test {

/// The instants at which the close became possible, known, and known to a consumer.
struct closing {
  std::uint64_t begun = never;               // the first close() began
  std::uint64_t known = never;               // the first close(), or call that answered `closed`, had ended
  std::uint64_t asked = never;               // the first pop that answered `closed` began ...
  std::uint64_t told = never;                // ... and the first one had ended
  std::size_t told_by = accusation::nobody;  // that one

  explicit closing(std::span<const timed_operation> recording) noexcept {
    for (std::size_t i = 0; i < recording.size(); ++i) {
      const timed_operation& op = recording[i];
      const bool closes = op.what.kind == operation_kind::close;
      if (closes) begun = std::min(begun, op.invoked);
      if (closes || op.what.result == answer::closed) known = std::min(known, op.returned);
      if (op.what.kind != operation_kind::pop || op.what.result != answer::closed) continue;
      asked = std::min(asked, op.invoked);
      if (told_by == accusation::nobody || op.returned < told) told_by = i;
      told = std::min(told, op.returned);
    }
  }
};

/// `closed` too soon, or anything but `closed` too late.
inline void accuse_answers_about_closing(std::span<const timed_operation> recording, const closing& when,
                                         accusations& found) {
  for (std::size_t i = 0; i < recording.size(); ++i) {
    const timed_operation& op = recording[i];
    if (op.what.result == answer::closed && op.returned < when.begun) found.push_back({rule::closed_before_close, i});
    if (is_accepted_push(op.what) && when.known < op.invoked) found.push_back({rule::accepted_when_closed, i});
    if (is_refusal(op.what) && when.known < op.invoked) found.push_back({rule::open_when_closed, i});
    if (op.what.kind == operation_kind::pop && op.what.result == answer::ok && when.told < op.invoked)
      found.push_back({rule::value_after_closed, i, when.told_by});
  }
}

/// What was accepted and never popped, though a pop answered `closed`. Nothing is said when a pending pop may have it.
inline void accuse_left_overs(std::span<const timed_operation> recording, const value_lives& lives, const closing& when,
                              std::size_t late_calls, accusations& found) {
  if (when.told_by == accusation::nobody || lives.pending_pops() != 0) return;
  std::set<std::pair<std::uint64_t, std::uint64_t>> stranded;  // calls: by thread and number, or by operation
  for (const value_life& life : lives.all()) {
    if (!life.accepted || life.popped()) continue;
    const timed_operation& push = recording[life.push];
    const bool under_way = push.returned >= when.asked;
    if (under_way) {
      const bool alone = push.what.call == 0;
      stranded.emplace(alone ? never : push.what.thread, alone ? life.push : push.what.call);
    }
    if (!under_way || stranded.size() > late_calls) found.push_back({rule::left_when_closed, life.push, when.told_by});
  }
}

}  // namespace tidegate::test
