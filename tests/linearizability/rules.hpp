// rules.hpp: what a recording of a bounded FIFO with distinct values may not show. For long recordings of real threads.
//
// Bouajjani, Emmi, Enea & Hamza, "On Reducing Linearizability to State Reachability", ICALP 2015, and Henzinger, Sezgin
// & Vafeiadis, "Aspect-Oriented Linearizability Proofs", CONCUR 2013, show that a history of an unbounded queue with
// distinct values is not linearizable exactly when one of a few bad patterns occurs. These are patterns of that kind,
// with those of capacity and close added. O(n log n).
//
// Sound: no recording of a correct queue is accused, whatever the schedule, pending operations included. Needs: all
// accepted values distinct; each thread's operations in its own order; stamps as recorder.hpp takes them.
// Not complete. Each `full` and `empty` is judged by itself, so what only two of them contradict is missed, and so
// is what follows only from several rules together: how pushes that overlap must have been ordered, or a
// value that the capacity forces in or out. While a pop is pending, what is missing is blamed on it. The search
// (search.hpp) finds all of that in small histories; agreement_test.cpp measures how much is missed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "tests/linearizability/accusation.hpp"
#include "tests/linearizability/bounded_fifo.hpp"
#include "tests/linearizability/close_rules.hpp"
#include "tests/linearizability/fill_rules.hpp"
#include "tests/linearizability/history.hpp"
#include "tests/linearizability/order_rules.hpp"
#include "tests/linearizability/value_lives.hpp"

namespace tidegate::test {

/// What is known about the queue at the end of a recording.
enum class ending : std::uint8_t {
  unknown,
  drained,  ///< after everything had returned, nothing was left that a pop could get
};

/// All that the recording shows against the queue. Empty: nothing. `promised.failures` makes no difference.
[[nodiscard]] inline accusations judge(std::span<const timed_operation> recording, const promise& promised,
                                       ending end = ending::unknown) {
  accusations found;
  for (std::size_t i = 0; i < recording.size(); ++i) {
    if (recording[i].what.result == answer::foreign) found.push_back({rule::foreign_answer, i});
  }
  const value_lives lives(recording, found);
  accuse_overtaking(lives, found);
  accuse_disorder_between_two(recording, lives, found);
  accuse_false_refusals(recording, lives, promised.capacity, found);
  accuse_excess(lives, promised.capacity, found);
  const closing when(recording);
  accuse_answers_about_closing(recording, when, found);
  accuse_left_overs(recording, lives, when, promised.late_calls, found);
  const bool may_strand = promised.late_calls != 0 && when.told_by != accusation::nobody;
  if (end == ending::drained && !may_strand) accuse_losses(lives, found);
  return found;
}

}  // namespace tidegate::test
