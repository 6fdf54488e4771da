// registry.hpp: everything of this process that has a bound, by name: who watches, reads here, and an inventory says
// how much memory all of it can take at worst.
//
// Nothing that is registered pays for it: it is read from outside, by its own counters. See docs/design/observe.md.
// Threads: any.  Progress: calls wait for each other; a call takes as long as reading what is registered.
// Lifetime: a `watching` ends before its thing does. It may outlive the registry.
// Errors: add() throws std::bad_alloc.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "tidegate/observe/observation.hpp"
#include "tidegate/observe/pressure.hpp"
#include "tidegate/queue/queue_options.hpp"

namespace tidegate {

/// How a thing is shown.
struct watch_options {
  std::string name = {};    ///< empty: the thing's own name; has it none, its kind's
  std::string policy = {};  ///< what happens when it is full; empty: as its type says
};

/// One line of an inventory.
struct inventory_item {
  std::string name;
  watched_kind kind = watched_kind::queue;
  std::string policy;
  std::uint64_t capacity = 0;      ///< in the kind's unit; 0: bounded by weight alone
  std::uint64_t weight_limit = 0;  ///< bytes; 0: has no weight
  std::uint64_t max_bytes = 0;     ///< worst case of memory
};

/// What there is, in order of names.
struct inventory_report {
  std::vector<inventory_item> items;
  std::uint64_t total_bytes = 0;  ///< worst case of all together

  /// A table with a line of totals.
  [[nodiscard]] std::string to_text() const;
  /// {"things": [{"name", "kind", "policy", "capacity", "weight_limit", "max_bytes"}, ...], "total_bytes"}
  [[nodiscard]] std::string to_json() const;
};

namespace detail {
class watched_things;
/// What a registry must know of a thing to read it.
struct watched_thing {
  const void* thing = nullptr;
  observation (*read)(const void*) noexcept = nullptr;
  void (*end)(const void*) noexcept = nullptr;  // nobody watches it any more; null: it need not know
  std::string name = {};
  std::string policy = {};
};
}  // namespace detail

/// A thing is registered for as long as this lives. Move-only; empty after a move.
class [[nodiscard]] watching {
 public:
  watching() noexcept = default;
  watching(watching&& other) noexcept : things_(std::move(other.things_)), id_(std::exchange(other.id_, 0)) {}
  watching& operator=(watching&& other) noexcept {
    if (this == &other) return *this;
    stop();
    things_ = std::move(other.things_);
    id_ = std::exchange(other.id_, 0);
    return *this;
  }
  ~watching() { stop(); }

  /// Nobody reads the thing any more when this returns.
  void stop() noexcept;

  [[nodiscard]] explicit operator bool() const noexcept { return id_ != 0; }
  /// Under which name it is shown: the one that was asked for, with "#2", "#3", ... behind it when others have it.
  [[nodiscard]] std::string name() const;

 private:
  friend class registry;
  watching(std::shared_ptr<detail::watched_things> things, std::uint64_t id) noexcept
      : things_(std::move(things)), id_(id) {}

  std::shared_ptr<detail::watched_things> things_;
  std::uint64_t id_ = 0;
};

class registry {
 public:
  registry();
  registry(const registry&) = delete;
  registry& operator=(const registry&) = delete;
  ~registry();

  /// The one of this process.
  [[nodiscard]] static registry& process();

  /// Registers a queue, a byte queue, a limiter, a posting or whatever else is observable. Names are unique: a second
  /// "orders" is shown as "orders#2".
  template <observable Thing>
  watching add(const Thing& thing, watch_options options = {}) {
    if (options.name.empty()) options.name = name_of(thing);
    if (options.policy.empty()) options.policy = policy_of<Thing>();
    const auto read = [](const void* seen) noexcept { return observe(*static_cast<const Thing*>(seen)); };
    return insert({&thing, read, nullptr, std::move(options.name), std::move(options.policy)});
  }
  /// A posting is told that it is watched.
  template <class Thing>
  requires requires(Thing& board) {
    board.begin_watch();
    board.end_watch();
  }
  watching add(Thing& board, watch_options options = {}) {
    const auto read = [](const void* seen) noexcept { return static_cast<const Thing*>(seen)->observe(); };
    const auto end = [](const void* seen) noexcept { static_cast<Thing*>(const_cast<void*>(seen))->end_watch(); };
    watching seen = insert({&board, read, end, std::move(options.name), std::move(options.policy)});
    board.begin_watch();
    return seen;
  }

  [[nodiscard]] inventory_report inventory() const;

  /// One thing as visit() shows it.
  struct entry {
    std::uint64_t id;  ///< never used twice
    const std::string& name;
    std::string_view policy;
    const observation& now;
  };
  /// Calls `look(const entry&)` on each, in the order in which they were added. Whoever adds or ends a watching waits
  /// meanwhile: `look` is short, and does neither.
  template <class Look>
  void visit(Look&& look) const {
    visit_all(&look, [](void* of, const entry& one) { (*static_cast<std::remove_reference_t<Look>*>(of))(one); });
  }

 private:
  template <class Thing>
  [[nodiscard]] static std::string name_of(const Thing& thing) {
    if constexpr (requires { std::string(thing.name()); }) return std::string(thing.name());
    return {};
  }
  template <class Thing>
  [[nodiscard]] static std::string policy_of() {
    if constexpr (requires { Thing::overflow_policy; }) return std::string(to_string(Thing::overflow_policy));
    return {};
  }
  [[nodiscard]] watching insert(detail::watched_thing&& thing);
  void visit_all(void* of, void (*look)(void*, const entry&)) const;

  std::shared_ptr<detail::watched_things> things_;
};

}  // namespace tidegate
