// order_rules.hpp: what went in comes out in order, and nothing stays behind.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "tests/linearizability/accusation.hpp"
#include "tests/linearizability/history.hpp"
#include "tests/linearizability/value_lives.hpp"

namespace tidegate::test {

/// For each value: of all that had certainly been pushed before, has the one that stayed longest been overtaken?
inline void accuse_overtaking(const value_lives& lives, accusations& found) {
  std::vector<const value_life*> pushed;  // by the end of the push
  std::vector<const value_life*> popped;  // by the beginning of the push
  for (const value_life& life : lives.all()) {
    if (life.put_by != never) pushed.push_back(&life);
    if (life.popped()) popped.push_back(&life);
  }
  std::ranges::sort(pushed, {}, &value_life::put_by);
  std::ranges::sort(popped, {}, &value_life::put_from);
  const value_life* longest = nullptr;
  auto next = pushed.begin();
  for (const value_life* const life : popped) {
    for (; next != pushed.end() && (*next)->put_by < life->put_from; ++next) {
      if (longest == nullptr || (*next)->taken_from > longest->taken_from) longest = *next;
    }
    if (longest != nullptr && life->taken_by < longest->taken_from)
      found.push_back({rule::fifo_inversion, life->pop, longest->popped() ? longest->pop : longest->push});
  }
}

/// What one thread pushed and one thread popped keeps its order, also within a call, where intervals do not tell.
inline void accuse_disorder_between_two(std::span<const timed_operation> recording, const value_lives& lives,
                                        accusations& found) {
  std::map<std::pair<std::uint16_t, std::uint16_t>, const value_life*> last;  // by producer and consumer
  for (std::size_t pop = 0; pop < recording.size(); ++pop) {
    const operation& op = recording[pop].what;
    if (!tells_what_it_took(op)) continue;
    const value_life* const life = lives.find(what_it_took(op));
    if (life == nullptr || life->pop != pop) continue;
    const value_life* const before = std::exchange(last[{recording[life->push].what.thread, op.thread}], life);
    if (before == nullptr || life->push > before->push) continue;
    if (recorded_before(recording[life->push], recording[before->push]) &&
        recorded_before(recording[before->pop], recording[pop]))
      found.push_back({rule::fifo_inversion, before->pop, pop});
  }
}

/// Of a drained queue: each pending pop may have taken one value, and nothing else is missing.
inline void accuse_losses(const value_lives& lives, accusations& found) {
  const auto is_missing = [](const value_life& life) { return life.accepted && !life.popped(); };
  const auto missing = static_cast<std::size_t>(std::ranges::count_if(lives.all(), is_missing));
  if (missing <= lives.pending_pops()) return;
  for (const value_life& life : lives.all()) {
    if (is_missing(life)) found.push_back({rule::lost, life.push});
  }
}

}  // namespace tidegate::test
