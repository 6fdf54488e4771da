#include "tidegate/observe/registry.hpp"

#include <algorithm>

#include "observe/watched_things.hpp"

namespace tidegate {
namespace {

/// What happens when it is full, where the type does not say.
std::string_view usual_policy(watched_kind kind) noexcept {
  return kind == watched_kind::sink || kind == watched_kind::log ? "pause" : "block";
}

}  // namespace

void watching::stop() noexcept {
  if (id_ == 0) return;
  things_->remove(id_);
  things_.reset();
  id_ = 0;
}

std::string watching::name() const { return id_ == 0 ? std::string() : things_->name_of(id_); }

registry::registry() : things_(std::make_shared<detail::watched_things>()) {}
registry::~registry() = default;

registry& registry::process() {
  static registry the;
  return the;
}

watching registry::insert(detail::watched_thing&& thing) {
  const observation now = thing.read(thing.thing);
  if (thing.name.empty()) thing.name = to_string(now.kind);
  if (thing.policy.empty()) thing.policy = usual_policy(now.kind);
  return {things_, things_->insert(std::move(thing))};
}

void registry::visit_all(void* of, void (*look)(void*, const entry&)) const {
  things_->each([&](std::uint64_t id, const detail::watched_thing& thing) {
    const observation now = thing.read(thing.thing);
    look(of, {id, thing.name, thing.policy, now});
  });
}

inventory_report registry::inventory() const {
  inventory_report report;
  visit([&](const entry& one) {
    report.items.push_back(
        {one.name, one.now.kind, std::string(one.policy), one.now.capacity, one.now.weight_limit, one.now.max_bytes});
    report.total_bytes += one.now.max_bytes;
  });
  std::ranges::sort(report.items, {}, &inventory_item::name);
  return report;
}

}  // namespace tidegate
