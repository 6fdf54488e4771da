// meeting_account.hpp: what a recording of a rendezvous may not show: an element that was pushed and not received, or
// received and not pushed; a hand-over of two calls that did not overlap; an answer against the close or the deadline.
//
// Sound. Needs: all values distinct; the recording of all calls that answered `ok`. Says nothing about `full` and
// `empty`: whether somebody waited, the time of calls does not tell. O(n log n).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tests/linearizability/history.hpp"
#include "tidegate/base/status.hpp"

namespace tidegate::test {

/// A call of either side; what it answered in the words of a push.
struct timed_meeting {
  bool pushes;
  push_status status;
  std::uint64_t value;  ///< offered, or received
  std::uint64_t invoked;
  std::uint64_t returned;
  bool too_soon = false;  ///< timed out before its deadline
  bool is_kept = true;    ///< of a push that was not accepted: its argument has its value still
};

struct meeting_recording {
  std::vector<timed_meeting> calls;
  std::uint64_t close_invoked = never;
  std::uint64_t close_returned = never;
};

enum class meeting_fault : std::uint8_t {
  not_received,          ///< a push answered `ok`, and nobody has received its element
  received_twice,        ///< by two pops
  never_pushed,          ///< received, and no push has offered it
  refused_and_received,  ///< received, though its push answered something else than `ok`
  did_not_meet,          ///< one of the two calls had ended before the other one began
  not_kept,              ///< a push that was not accepted has taken its argument
  timed_out_too_soon,
  closed_before_close,
  met_when_closed,  ///< a call that began after the close answered something else than `closed`
};

[[nodiscard]] constexpr std::string_view to_string(meeting_fault fault) noexcept {
  constexpr std::string_view names[] = {"not_received",         "received_twice",      "never_pushed",
                                        "refused_and_received", "did_not_meet",        "not_kept",
                                        "timed_out_too_soon",   "closed_before_close", "met_when_closed"};
  return names[static_cast<std::size_t>(fault)];
}

struct meeting_accusation {
  meeting_fault fault;
  std::size_t call;
};

[[nodiscard]] inline bool has(std::span<const meeting_accusation> found, meeting_fault fault) {
  return std::ranges::any_of(found, [fault](const meeting_accusation& one) { return one.fault == fault; });
}

[[nodiscard]] inline std::string to_text(const meeting_recording& recording,
                                         std::span<const meeting_accusation> found) {
  std::string text;
  for (std::size_t i = 0; i < found.size() && i < 5; ++i) {
    const timed_meeting& call = recording.calls[found[i].call];
    text += std::string(to_string(found[i].fault)) + ": " + (call.pushes ? "push " : "pop ");
    text += std::to_string(call.value) + " -> " + std::string(to_string(call.status)) + " in [";
    text += std::to_string(call.invoked) + ", " + std::to_string(call.returned) + "]\n";
  }
  return text;
}

namespace detail {

/// What is wrong with a call by itself.
inline void accuse_one(const meeting_recording& recording, std::size_t index, std::vector<meeting_accusation>& found) {
  const timed_meeting& call = recording.calls[index];
  const bool is_ok = call.status == push_status::ok;
  const bool is_closed = call.status == push_status::closed;
  if (call.pushes && !is_ok && !call.is_kept) found.push_back({meeting_fault::not_kept, index});
  if (call.status == push_status::timed_out && call.too_soon)
    found.push_back({meeting_fault::timed_out_too_soon, index});
  if (is_closed && call.returned < recording.close_invoked)
    found.push_back({meeting_fault::closed_before_close, index});
  if (!is_closed && call.invoked > recording.close_returned) found.push_back({meeting_fault::met_when_closed, index});
}

}  // namespace detail

[[nodiscard]] inline std::vector<meeting_accusation> judge(const meeting_recording& recording) {
  std::vector<meeting_accusation> found;
  std::unordered_map<std::uint64_t, std::size_t> push_of;
  std::unordered_map<std::uint64_t, std::size_t> pop_of;
  for (std::size_t i = 0; i < recording.calls.size(); ++i) {
    const timed_meeting& call = recording.calls[i];
    detail::accuse_one(recording, i, found);
    if (call.pushes) {
      // the last try of a value counts: those before were refused
      if (!push_of.contains(call.value) || call.status == push_status::ok) push_of[call.value] = i;
    } else if (call.status == push_status::ok && !pop_of.try_emplace(call.value, i).second) {
      found.push_back({meeting_fault::received_twice, i});
    }
  }
  for (const auto& [value, pop] : pop_of) {
    const auto pushed = push_of.find(value);
    if (pushed == push_of.end()) {
      found.push_back({meeting_fault::never_pushed, pop});
      continue;
    }
    const timed_meeting& push = recording.calls[pushed->second];
    const timed_meeting& received = recording.calls[pop];
    if (push.status != push_status::ok) found.push_back({meeting_fault::refused_and_received, pushed->second});
    if (push.returned < received.invoked || received.returned < push.invoked)
      found.push_back({meeting_fault::did_not_meet, pop});
  }
  for (const auto& [value, push] : push_of) {
    if (recording.calls[push].status == push_status::ok && !pop_of.contains(value))
      found.push_back({meeting_fault::not_received, push});
  }
  return found;
}

}  // namespace tidegate::test
