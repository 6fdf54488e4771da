// watched_things.hpp: what a registry holds, and what watchings may outlive it with.
//
// Threads: any; one at a time, and a thing is read in its turn, so that whoever takes it out waits for that.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "observe/turns.hpp"
#include "tidegate/observe/registry.hpp"

namespace tidegate::detail {

class watched_things {
 public:
  /// Gives it a name that no other one has. Returns its id.
  std::uint64_t insert(watched_thing&& thing) {
    const permit mine = turns_.take();
    const std::string asked = thing.name;
    for (unsigned number = 2; has(thing.name); ++number) thing.name = asked + "#" + std::to_string(number);
    items_.push_back({++last_id_, std::move(thing)});
    return last_id_;
  }

  void remove(std::uint64_t id) noexcept {
    const permit mine = turns_.take();
    const auto found = find(id);
    if (found == items_.end()) return;
    if (found->thing.end != nullptr) found->thing.end(found->thing.thing);
    items_.erase(found);
  }

  [[nodiscard]] std::string name_of(std::uint64_t id) {
    const permit mine = turns_.take();
    const auto found = find(id);
    return found == items_.end() ? std::string() : found->thing.name;
  }

  /// Calls `look(id, thing)` on each, in the order in which they came.
  template <class Look>
  void each(Look&& look) {
    const permit mine = turns_.take();
    for (const item& one : items_) look(one.id, one.thing);
  }

 private:
  struct item {
    std::uint64_t id;
    watched_thing thing;
  };

  [[nodiscard]] std::vector<item>::iterator find(std::uint64_t id) noexcept {
    return std::ranges::find(items_, id, &item::id);
  }
  [[nodiscard]] bool has(const std::string& name) const noexcept {
    return std::ranges::any_of(items_, [&](const item& one) { return one.thing.name == name; });
  }

  turns turns_;
  std::vector<item> items_;
  std::uint64_t last_id_ = 0;
};

}  // namespace tidegate::detail
