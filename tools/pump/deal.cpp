#include "pump/deal.hpp"

#include <algorithm>
#include <utility>

#include "pump/progress.hpp"

namespace tidegate::pump {

std::vector<lane> lanes_of(const options& wanted) {
  std::vector<lane> all;
  for (const bool listening : {true, false}) {
    for (std::size_t i = 0; i < wanted.lanes.size(); ++i) {
      const endpoint_kind kind = wanted.sources[i].kind;
      const bool listens = kind == endpoint_kind::tcp || kind == endpoint_kind::unix_socket;
      if (listens == listening) all.push_back({&wanted.sources[i], wanted.lanes[i]});
    }
  }
  return all;
}

std::size_t reader_count(const options& wanted, const sizing& sizes) noexcept {
  return wanted.rate_limit ? 1 : std::min<std::size_t>(most_readers, sizes.credits);
}

std::vector<inputs> deal(inputs&& from, std::size_t readers) {
  const std::size_t count = from.sources.size() + from.listeners.size();
  std::vector<inputs> hands(std::min(readers, count));
  std::size_t turn = 0;
  for (listener& each : from.listeners) hands[turn++ % hands.size()].listeners.push_back(std::move(each));
  for (auto& each : from.sources) hands[turn++ % hands.size()].sources.push_back(std::move(each));
  return hands;
}

}  // namespace tidegate::pump
