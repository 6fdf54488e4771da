#include "tests/model/explorer/search.hpp"

#include <algorithm>

namespace tidegate::model {

namespace {

constexpr std::string_view digits = "0123456789abcdefghijklmnopqrstuvwxyz";

}  // namespace

std::string to_string(const bounds& limits) {
  return "(" + std::to_string(limits.preemptions) + "," + std::to_string(limits.stale_reads) + "," +
         std::to_string(limits.surprises) + ")";
}

search::search(search_mode mode, std::uint64_t seed, unsigned pct_depth)
    : mode_(mode), random_(static_cast<std::minstd_rand::result_type>(seed * 2 + 1)), depth_(pct_depth) {}

bool search::load_tape(std::string_view text) {
  tape_.clear();
  for (const char letter : text) {
    const std::size_t pick = digits.find(letter);
    if (pick == std::string_view::npos) return false;
    tape_.push_back({0, static_cast<std::uint8_t>(pick)});
  }
  return true;
}

void search::begin() {
  at_ = 0;
  if (mode_ == search_mode::random || mode_ == search_mode::pct) tape_.clear();
  if (mode_ == search_mode::pct) draw_priorities();
}

bool search::advance() {
  if (mode_ == search_mode::replay) return false;
  if (mode_ != search_mode::exhaustive) return true;
  while (!tape_.empty() && tape_.back().pick + 1 == tape_.back().options) tape_.pop_back();
  if (tape_.empty()) return false;
  ++tape_.back().pick;
  return true;
}

unsigned search::choose(choice about, unsigned options) {
  switch (mode_) {
    case search_mode::exhaustive:
    case search_mode::replay: return take(options);
    case search_mode::random:
    case search_mode::pct: break;
  }
  // Unusual things are rare among the random picks, or nothing else would happen.
  const bool usual = (about == choice::store && draw(4) != 0) || (about == choice::surprise && draw(8) != 0);
  return note(options, usual ? 0 : draw(options));
}

unsigned search::choose_thread(const candidate* candidates, unsigned count) {
  if (mode_ == search_mode::random) return note(count, draw(count));
  if (mode_ == search_mode::pct) return note(count, by_priority(candidates, count));
  return take(count);
}

std::string search::text() const {
  const std::size_t used = mode_ == search_mode::exhaustive ? at_ : tape_.size();
  std::string all;
  for (std::size_t i = 0; i < used; ++i) all += digits[tape_[i].pick];
  all.erase(all.find_last_not_of('0') + 1);
  return all;
}

/// The tape's pick; beyond its end the usual one.
unsigned search::take(unsigned options) {
  if (at_ == tape_.size()) return note(options, 0);
  entry& here = tape_[at_++];
  if (mode_ == search_mode::replay) here.options = static_cast<std::uint8_t>(options);
  if (here.options != options || here.pick >= options) {
    diverged_ = true;
    return 0;
  }
  return here.pick;
}

unsigned search::note(unsigned options, unsigned pick) {
  tape_.push_back({static_cast<std::uint8_t>(options), static_cast<std::uint8_t>(pick)});
  ++at_;
  return pick;
}

unsigned search::draw(unsigned options) { return static_cast<unsigned>(random_() >> 8) % options; }

unsigned search::by_priority(const candidate* candidates, unsigned count) {
  const bool falls_behind =
      std::find(change_points_.begin(), change_points_.end(), schedules_++) != change_points_.end();
  longest_ = std::max(longest_, schedules_);
  if (falls_behind) priority_[candidates[0].thread] = lowest_--;
  unsigned best = 0;
  unsigned ways = 1;  // of the best thread: one of them is drawn
  for (unsigned i = 1; i < count; ++i) {
    const unsigned mine = priority_[candidates[i].thread];
    const unsigned highest = priority_[candidates[best].thread];
    if (mine > highest) ways = 1;
    if (mine > highest || (mine == highest && draw(++ways) == 0)) best = i;
  }
  return best;
}

void search::draw_priorities() {
  constexpr unsigned middle = 1000;
  for (unsigned i = 0; i < max_threads; ++i) priority_[i] = middle + i;
  std::shuffle(priority_.begin(), priority_.end(), random_);
  lowest_ = middle - 1;
  schedules_ = 0;
  change_points_.clear();
  for (unsigned i = 1; i < depth_; ++i) change_points_.push_back(1 + draw(longest_));
}

}  // namespace tidegate::model
