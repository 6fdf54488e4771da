// search.hpp: which way every open choice of an execution goes, and how the ways are gone through.
//
// An execution asks choose(n) wherever something is open: which thread goes on, which store a load reads, whether a
// wait returns for no reason. The answers are the tape. The same tape gives the same execution, so that a failure can
// be replayed.
//   exhaustive  depth first through all tapes
//   random      uniform picks
//   pct         one priority a thread, lowered at a few random steps: finds bugs of a given depth with a known chance.
//               Source: Burckhardt et al., "A randomized scheduler with probabilistic guarantees", ASPLOS 2010.
//   replay      a given tape
#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/model/explorer/knowledge.hpp"

namespace tidegate::model {

enum class search_mode : std::uint8_t { exhaustive, random, pct, replay };

/// How far an exhaustive search goes from the execution in which nothing unusual happens.
struct bounds {
  unsigned preemptions = 2;  ///< a thread that could go on is stopped for another one
  unsigned stale_reads = 1;  ///< a load reads another store than the newest
  unsigned surprises = 1;    ///< a wait returns spuriously, by EINTR or by its deadline early; a weak exchange fails

  [[nodiscard]] bool operator==(const bounds&) const noexcept = default;
};

/// "(2,1,1)"
[[nodiscard]] std::string to_string(const bounds& limits);

/// What a choice is about; random searches weigh them differently.
enum class choice : std::uint8_t { thread, store, surprise, client };

class search {
 public:
  search(search_mode mode, std::uint64_t seed, unsigned pct_depth = 3);

  /// To replay: the digits of text(). False: there is another character in them.
  [[nodiscard]] bool load_tape(std::string_view digits);

  /// Before every execution.
  void begin();
  /// After it: the next tape; false when all have been gone through.
  [[nodiscard]] bool advance();

  /// From the first tape on again.
  void restart() noexcept {
    if (mode_ == search_mode::exhaustive) tape_.clear();
  }

  static constexpr unsigned most_options = 36;  // of one choice: digits and letters

  /// One of 0..options-1; option 0 is the usual one. `options` is from 2 to most_options.
  [[nodiscard]] unsigned choose(choice about, unsigned options);

  /// Which of `candidates` goes on, by index; the first one is the running thread if it can go on.
  struct candidate {
    std::uint8_t thread;
    std::uint8_t wakes_by;  // an opaque note of the caller
  };
  [[nodiscard]] unsigned choose_thread(const candidate* candidates, unsigned count);

  /// The tape so far, one digit (0-9, a-z) a choice, without the zeros at the end.
  [[nodiscard]] std::string text() const;

  /// True when the execution asked for other things than the one before it with the same picks, or when it has `ended`
  /// for fewer: the client depends on something outside.
  [[nodiscard]] bool diverged(bool ended) const noexcept { return diverged_ || (ended && at_ < tape_.size()); }

  [[nodiscard]] search_mode mode() const noexcept { return mode_; }

 private:
  struct entry {
    std::uint8_t options;
    std::uint8_t pick;
  };

  [[nodiscard]] unsigned take(unsigned options);
  [[nodiscard]] unsigned note(unsigned options, unsigned pick);
  [[nodiscard]] unsigned draw(unsigned options);
  [[nodiscard]] unsigned by_priority(const candidate* candidates, unsigned count);
  void draw_priorities();

  search_mode mode_;
  std::vector<entry> tape_;
  std::size_t at_ = 0;
  bool diverged_ = false;
  std::minstd_rand random_;

  // pct only
  unsigned depth_;
  std::array<unsigned, max_threads> priority_{};
  std::vector<unsigned> change_points_;  // steps at which the running thread falls behind all others
  unsigned schedules_ = 0;               // thread choices made in this execution
  unsigned longest_ = 20;                // most of them in an execution so far
  unsigned lowest_ = 0;
};

}  // namespace tidegate::model
