// visited_states.hpp: an exact set of keys, for the states that a search has been in. No allocation once grown.
//
// Exact, because a false match would call a correct history wrong: keys are stored and compared, not only hashed.
// Keys may differ in length, but two with the same first word may not.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tidegate::test {

class visited_states {
 public:
  void clear() {
    words_.clear();
    slots_.assign(fewest_slots, slot{});
    count_ = 0;
  }

  /// True when `key` was not in the set; it is now.
  bool insert(std::span<const std::uint64_t> key) {
    if (2 * count_ >= slots_.size()) grow();
    const std::uint32_t hash = hash_of(key);
    const std::size_t last = slots_.size() - 1;  // a power of two, less one
    std::size_t place = hash & last;
    for (; slots_[place].taken; place = (place + 1) & last) {
      if (slots_[place].hash == hash && std::equal(key.begin(), key.end(), words_.begin() + slots_[place].begin))
        return false;
    }
    slots_[place] = {hash, true, static_cast<std::ptrdiff_t>(words_.size())};
    words_.insert(words_.end(), key.begin(), key.end());
    ++count_;
    return true;
  }

  [[nodiscard]] std::size_t count() const noexcept { return count_; }

 private:
  struct slot {
    std::uint32_t hash = 0;
    bool taken = false;
    std::ptrdiff_t begin = 0;  // of its key in words_
  };
  static constexpr std::size_t fewest_slots = 1024;

  [[nodiscard]] static std::uint32_t hash_of(std::span<const std::uint64_t> key) noexcept {
    std::uint64_t hash = 0;
    for (const std::uint64_t word : key) {
      hash = (hash ^ word) * 0x9e3779b97f4a7c15U;
      hash ^= hash >> 32;
    }
    return static_cast<std::uint32_t>(hash);
  }

  void grow() {
    slots_.swap(old_);
    slots_.assign(std::max(2 * old_.size(), fewest_slots), slot{});
    const std::size_t last = slots_.size() - 1;
    for (const slot& moved : old_) {
      if (!moved.taken) continue;
      std::size_t place = moved.hash & last;
      while (slots_[place].taken) place = (place + 1) & last;
      slots_[place] = moved;
    }
  }

  std::vector<std::uint64_t> words_;  // key after key
  std::vector<slot> slots_;
  std::vector<slot> old_;  // only to keep its memory
  std::size_t count_ = 0;
};

}  // namespace tidegate::test
