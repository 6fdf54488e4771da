// broadcast_account.hpp: what a recording of a broadcast ring may not show.
//
// Its elements have one order. What is known of a place in it: a push has so many others before it as had ended when it
// began, and at most as many as had begun when it ended. A reader's account is the place where it began, what it has
// read and what it was told to have lost: every element that it reads must be one that can be at its place. Readers
// whose beginning is known, by its time or by what they have read, must agree about each place.
//
// Sound: no recording of a correct ring is accused, whatever the schedule. Needs: all values distinct; a recording of
// all accepted pushes, and of a reader's answers but for some of those without an effect (`empty`); stamps as
// recorder.hpp takes them. Not complete: with several publishers a place may be known up to those that overlap only.
// O(n log n).
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tests/linearizability/history.hpp"
#include "tidegate/base/status.hpp"
#include "tidegate/ring/broadcast_options.hpp"

namespace tidegate::test {

struct timed_push {
  std::uint64_t value;
  push_status status;
  std::uint64_t invoked;
  std::uint64_t returned;
};

struct timed_read {
  pop_status status;
  std::uint64_t value;  ///< read; 0: it was torn
  std::uint64_t lost;   ///< told by `lapped`
  std::uint64_t invoked;
  std::uint64_t returned;
};

/// A reader from its beginning to its end.
struct read_record {
  reader_options asked;
  std::uint64_t came_invoked = 0;
  std::uint64_t came_returned = 0;
  std::uint64_t left_returned = never;
  std::vector<timed_read> reads;
};

struct broadcast_recording {
  std::vector<timed_push> pushes;
  std::vector<read_record> readers;
  std::uint64_t close_invoked = never;
  std::uint64_t close_returned = never;
};

/// What a broadcast ring promises.
struct broadcast_promise {
  std::size_t capacity;
  broadcast_mode mode = broadcast_mode::gate;
};

enum class broadcast_fault : std::uint8_t {
  torn,                   ///< a reader was given what nobody has pushed
  read_before_push,       ///< the read had ended before the push began
  misplaced,              ///< cannot be what is at the reader's place: something was lost or counted wrongly
  disagreement,           ///< two readers have read different elements at one place, or one element at two
  order_inverted,         ///< the later one of two pushes stands before the earlier one
  false_empty,            ///< `empty`, and something that had been published was not read
  false_full,             ///< `full`, and no reader can have been a capacity behind
  overrun,                ///< published a whole capacity beyond a reader
  lost_too_early,         ///< told as lost while it had to be there, or before it was published
  lost_nothing,           ///< `lapped` by no element
  lost_against_its_will,  ///< `lapped` or `evicted` in gate mode, and the reader has not chosen that
  closed_before_close,    ///< `closed`, and nobody had begun to close
  accepted_when_closed,   ///< a push that began after the close was accepted, or told `full`
  left_when_closed,       ///< `closed`, and what was accepted is not all read or counted as lost
  not_final,              ///< another answer after `closed` or `evicted`
};

[[nodiscard]] constexpr std::string_view to_string(broadcast_fault fault) noexcept {
  constexpr std::string_view names[] = {"torn",
                                        "read_before_push",
                                        "misplaced",
                                        "disagreement",
                                        "order_inverted",
                                        "false_empty",
                                        "false_full",
                                        "overrun",
                                        "lost_too_early",
                                        "lost_nothing",
                                        "lost_against_its_will",
                                        "closed_before_close",
                                        "accepted_when_closed",
                                        "left_when_closed",
                                        "not_final"};
  return names[static_cast<std::size_t>(fault)];
}

/// A fault, and where it shows: a push, or a read of a reader.
struct broadcast_accusation {
  static constexpr std::size_t nobody = ~std::size_t{0};

  broadcast_fault fault;
  std::size_t reader = nobody;
  std::size_t index = 0;
};

[[nodiscard]] inline bool has(std::span<const broadcast_accusation> found, broadcast_fault fault) {
  return std::ranges::any_of(found, [fault](const broadcast_accusation& one) { return one.fault == fault; });
}

[[nodiscard]] inline std::string to_text(const broadcast_recording& recording,
                                         std::span<const broadcast_accusation> found) {
  std::string text;
  for (std::size_t i = 0; i < found.size() && i < 5; ++i) {
    const broadcast_accusation& one = found[i];
    text += std::string(to_string(one.fault)) + ": ";
    if (one.reader == broadcast_accusation::nobody) {
      const timed_push& push = recording.pushes[one.index];
      text += "push " + std::to_string(push.value) + " -> " + std::string(to_string(push.status));
      text += " in [" + std::to_string(push.invoked) + ", " + std::to_string(push.returned) + "]\n";
    } else {
      const timed_read& read = recording.readers[one.reader].reads[one.index];
      text += "reader " + std::to_string(one.reader) + ", read #" + std::to_string(one.index) + " -> ";
      text += std::string(to_string(read.status)) + " " + std::to_string(read.value + read.lost);
      text += " in [" + std::to_string(read.invoked) + ", " + std::to_string(read.returned) + "]\n";
    }
  }
  return text;
}

class broadcast_judge {
 public:
  broadcast_judge(const broadcast_recording& recording, const broadcast_promise& promised)
      : recording_(recording), promised_(promised) {
    for (std::size_t i = 0; i < recording.pushes.size(); ++i) {
      const timed_push& push = recording.pushes[i];
      if (push.status != push_status::ok) continue;
      push_of_[push.value] = i;
      begins_.push_back(push.invoked);
      ends_.push_back(push.returned);
    }
    std::ranges::sort(begins_);
    std::ranges::sort(ends_);
  }

  [[nodiscard]] std::vector<broadcast_accusation> judge() {
    for (std::size_t i = 0; i < recording_.readers.size(); ++i) place_reader(i);
    agree();
    for (std::size_t i = 0; i < recording_.readers.size(); ++i) judge_reads(i);
    for (std::size_t i = 0; i < recording_.pushes.size(); ++i) judge_push(i);
    return std::move(found_);
  }

 private:
  /// How many elements came before a reader's first one: in [least, most].
  struct beginning {
    std::uint64_t least;
    std::uint64_t most;
    [[nodiscard]] bool is_known() const noexcept { return least == most; }
  };

  /// Accepted pushes that had certainly ended before an instant, and those that may have begun by then.
  [[nodiscard]] std::uint64_t ended_before(std::uint64_t when) const {
    return static_cast<std::uint64_t>(std::ranges::lower_bound(ends_, when) - ends_.begin());
  }
  [[nodiscard]] std::uint64_t begun_by(std::uint64_t when) const {
    return static_cast<std::uint64_t>(std::ranges::upper_bound(begins_, when) - begins_.begin());
  }

  /// How many elements are there at most, beside one that is being written.
  [[nodiscard]] std::uint64_t kept() const noexcept {
    if (promised_.mode == broadcast_mode::gate) return promised_.capacity;
    return std::bit_ceil(std::max<std::size_t>(promised_.capacity, 2)) - 1;
  }

  void accuse(broadcast_fault fault, std::size_t reader, std::size_t index) {
    found_.push_back({fault, reader, index});
  }

  /// What is known of its beginning by its time and by what it has read.
  void place_reader(std::size_t number) {
    const read_record& reader = recording_.readers[number];
    const std::uint64_t before = ended_before(reader.came_invoked);
    beginning at{before, begun_by(reader.came_returned)};
    if (reader.asked.start == reader_start::oldest) {
      at.least -= std::min(at.least, kept());
      if (promised_.mode == broadcast_mode::lap) at.most -= std::min(at.most, kept());
    }
    std::uint64_t passed = 0;
    for (std::size_t i = 0; i < reader.reads.size(); ++i) {
      const timed_read& read = reader.reads[i];
      const std::uint64_t place = passed;
      passed += read.lost + (read.status == pop_status::ok ? 1 : 0);
      if (read.status != pop_status::ok) continue;
      const auto pushed = push_of_.find(read.value);
      if (pushed == push_of_.end()) {
        accuse(broadcast_fault::torn, number, i);
        continue;
      }
      const timed_push& push = recording_.pushes[pushed->second];
      if (read.returned < push.invoked) accuse(broadcast_fault::read_before_push, number, i);
      const std::uint64_t least = ended_before(push.invoked);
      const std::uint64_t most = begun_by(push.returned) - 1;
      const beginning with{std::max(at.least, least > place ? least - place : 0), std::min(at.most, most - place)};
      if (most < place || with.least > with.most) {
        accuse(broadcast_fault::misplaced, number, i);
      } else {
        at = with;
      }
    }
    begins_at_.push_back(at);
  }

  /// Fills in who is where, from reader to reader as far as they have elements in common.
  void agree() {
    std::vector<bool> done(begins_at_.size(), false);
    for (bool more = true; more;) {
      more = false;
      for (std::size_t i = 0; i < begins_at_.size(); ++i) {
        if (done[i] || !(begins_at_[i].is_known() || find_by_others(i))) continue;
        done[i] = more = true;
        note_places(i);
      }
    }
    std::uint64_t earliest_end = never;
    for (auto at = element_at_.rbegin(); at != element_at_.rend(); ++at) {
      const auto pushed = push_of_.find(at->second);
      if (pushed == push_of_.end()) continue;
      const timed_push& push = recording_.pushes[pushed->second];
      if (earliest_end < push.invoked)
        accuse(broadcast_fault::order_inverted, broadcast_accusation::nobody, pushed->second);
      earliest_end = std::min(earliest_end, push.returned);
    }
  }

  template <class Visit>
  void for_each_element_of(std::size_t number, Visit&& visit) const {
    std::uint64_t passed = 0;
    const std::vector<timed_read>& reads = recording_.readers[number].reads;
    for (std::size_t i = 0; i < reads.size(); ++i) {
      if (reads[i].status == pop_status::ok && push_of_.contains(reads[i].value)) visit(i, passed, reads[i].value);
      passed += reads[i].lost + (reads[i].status == pop_status::ok ? 1 : 0);
    }
  }

  bool find_by_others(std::size_t number) {
    beginning& at = begins_at_[number];
    for_each_element_of(number, [&](std::size_t, std::uint64_t passed, std::uint64_t value) {
      const auto place = place_of_.find(value);
      if (place == place_of_.end() || at.is_known()) return;
      const std::uint64_t begin = place->second - passed;
      if (begin >= at.least && begin <= at.most) at = {begin, begin};
    });
    return at.is_known();
  }

  void note_places(std::size_t number) {
    for_each_element_of(number, [&](std::size_t index, std::uint64_t passed, std::uint64_t value) {
      const std::uint64_t place = begins_at_[number].least + passed;
      const bool same = element_at_.try_emplace(place, value).first->second == value &&
                        place_of_.try_emplace(value, place).first->second == place;
      if (!same) accuse(broadcast_fault::disagreement, number, index);
    });
  }

  void judge_reads(std::size_t number) {
    const read_record& reader = recording_.readers[number];
    std::uint64_t passed = 0;
    pop_status last = pop_status::empty;
    for (std::size_t i = 0; i < reader.reads.size(); ++i) {
      const timed_read& read = reader.reads[i];
      const bool was_final = last == pop_status::closed || last == pop_status::evicted;
      if (was_final && read.status != last) accuse(broadcast_fault::not_final, number, i);
      judge_read(number, i, begins_at_[number].least + passed, begins_at_[number].most + passed);
      last = read.status;
      passed += read.lost + (read.status == pop_status::ok ? 1 : 0);
    }
  }

  /// `least`, `most`: how many elements came before the reader's place.
  void judge_read(std::size_t number, std::size_t index, std::uint64_t least, std::uint64_t most) {
    const timed_read& read = recording_.readers[number].reads[index];
    const slow_reader chosen = recording_.readers[number].asked.slow;
    const std::uint64_t before = ended_before(read.invoked);
    const std::uint64_t begun = begun_by(read.returned);
    const bool gates = promised_.mode == broadcast_mode::gate;
    if (read.status == pop_status::ok && gates && before > most + promised_.capacity)
      accuse(broadcast_fault::overrun, number, index);
    if (read.status == pop_status::empty && before > most) accuse(broadcast_fault::false_empty, number, index);
    if (read.status == pop_status::closed) {
      if (read.returned < recording_.close_invoked) accuse(broadcast_fault::closed_before_close, number, index);
      if (most < ends_.size() || least > ends_.size()) accuse(broadcast_fault::left_when_closed, number, index);
    }
    if (read.status != pop_status::lapped && read.status != pop_status::evicted) return;
    const auto needed = read.status == pop_status::lapped ? slow_reader::lap : slow_reader::evict;
    if (gates ? chosen != needed : read.status == pop_status::evicted)
      accuse(broadcast_fault::lost_against_its_will, number, index);
    if (read.status == pop_status::lapped && read.lost == 0) accuse(broadcast_fault::lost_nothing, number, index);
    // in gate mode by a push that may be refused all the same
    const std::uint64_t by = least + promised_.capacity + (gates ? 0 : 1);
    if (begun < by || begun < least + read.lost) accuse(broadcast_fault::lost_too_early, number, index);
  }

  void judge_push(std::size_t index) {
    const timed_push& push = recording_.pushes[index];
    constexpr std::size_t nobody = broadcast_accusation::nobody;
    if (push.status == push_status::closed) {
      if (push.returned < recording_.close_invoked) accuse(broadcast_fault::closed_before_close, nobody, index);
      return;
    }
    if (push.invoked > recording_.close_returned) accuse(broadcast_fault::accepted_when_closed, nobody, index);
    if (push.status != push_status::full) return;
    const std::uint64_t begun = begun_by(push.returned);
    bool held_back = false;
    for (std::size_t i = 0; i < recording_.readers.size() && !held_back; ++i) {
      const read_record& reader = recording_.readers[i];
      const bool was_there = reader.came_invoked <= push.returned && reader.left_returned >= push.invoked;
      held_back = was_there && begun >= begins_at_[i].least + passed_before(i, push.invoked) + promised_.capacity;
    }
    if (!held_back || promised_.mode == broadcast_mode::lap) accuse(broadcast_fault::false_full, nobody, index);
  }

  /// What a reader had certainly read, or lost, before an instant.
  [[nodiscard]] std::uint64_t passed_before(std::size_t number, std::uint64_t when) {
    if (passed_.empty()) sum_up();
    const std::vector<timed_read>& reads = recording_.readers[number].reads;
    const auto first = std::ranges::lower_bound(reads, when, {}, &timed_read::returned);
    return passed_[number][static_cast<std::size_t>(first - reads.begin())];
  }
  void sum_up() {
    for (const read_record& reader : recording_.readers) {
      std::vector<std::uint64_t>& sums = passed_.emplace_back(1, 0);
      for (const timed_read& read : reader.reads)
        sums.push_back(sums.back() + read.lost + (read.status == pop_status::ok ? 1 : 0));
    }
  }

  const broadcast_recording& recording_;
  const broadcast_promise promised_;
  std::vector<std::uint64_t> begins_;                          // of accepted pushes, in order
  std::vector<std::uint64_t> ends_;                            // likewise
  std::unordered_map<std::uint64_t, std::size_t> push_of_;     // by value
  std::vector<beginning> begins_at_;                           // of each reader
  std::map<std::uint64_t, std::uint64_t> element_at_;          // what known readers have read, by place
  std::unordered_map<std::uint64_t, std::uint64_t> place_of_;  // by value
  std::vector<std::vector<std::uint64_t>> passed_;             // of each reader, before each of its reads
  std::vector<broadcast_accusation> found_;
};

[[nodiscard]] inline std::vector<broadcast_accusation> judge(const broadcast_recording& recording,
                                                             const broadcast_promise& promised) {
  return broadcast_judge(recording, promised).judge();
}

}  // namespace tidegate::test
