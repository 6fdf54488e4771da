// probes.hpp: how often each named branch of a client was reached, and the largest value of each measured thing.
//
// A probe that is never reached means that the client does not show what it seems to show.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace tidegate::model {

class probe_counts {
 public:
  struct entry {
    std::string_view name;
    std::uint64_t count = 0;  // times reached, or the largest value measured
  };

  void hit(const char* name) { ++at(name).count; }
  void measure(const char* name, std::uint64_t value) {
    entry& here = at(name);
    here.count = std::max(here.count, value);
  }

  [[nodiscard]] std::uint64_t count(std::string_view name) const {
    const auto found = std::find_if(all_.begin(), all_.end(), [&](const entry& e) { return e.name == name; });
    return found == all_.end() ? 0 : found->count;
  }
  [[nodiscard]] const std::vector<entry>& all() const noexcept { return all_; }
  void clear() { all_.clear(); }

 private:
  /// Few names, mostly the same pointers: a look through the list.
  entry& at(const char* name) {
    for (entry& here : all_) {
      if (here.name.data() == name || here.name == name) return here;
    }
    return all_.emplace_back(entry{name, 0});
  }

  std::vector<entry> all_;
};

}  // namespace tidegate::model
