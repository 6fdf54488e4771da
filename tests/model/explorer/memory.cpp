#include "tests/model/explorer/memory.hpp"

#include <algorithm>

namespace tidegate::model {

void memory::reset() noexcept {
  for (unsigned i = 0; i < location_count_; ++i) locations_[i].count = 0;
  location_count_ = 0;
  found_writer_ = false;
  threads_ = {};
  for (unsigned i = 0; i < max_threads; ++i) threads_[i].now.happened.of[i] = 1;  // 0 is: never
  in_order_ = light_ = heavy_ = {};
}

unsigned memory::add_location(unsigned thread, std::uint64_t value, std::uint32_t step) {
  if (location_count_ == max_locations) return max_locations;
  const auto where = static_cast<location_id>(location_count_++);
  append(thread, where, value, std::memory_order_relaxed, step);
  return where;
}

unsigned memory::readable(unsigned thread, location_id where, std::memory_order how) const noexcept {
  tick oldest = threads_[thread].now.seen.of[where];
  if (how == std::memory_order_seq_cst) oldest = std::max(oldest, in_order_.of[where]);
  return locations_[where].count - static_cast<unsigned>(oldest);
}

const store_record& memory::load(unsigned thread, location_id where, std::memory_order how, unsigned age) noexcept {
  const unsigned index = locations_[where].count - 1 - age;
  learn(thread, where, how, index);
  return locations_[where].stores[index];
}

void memory::store(unsigned thread, location_id where, std::uint64_t value, std::memory_order how, std::uint32_t step) {
  append(thread, where, value, how, step);
}

void memory::exchange(unsigned thread, location_id where, std::uint64_t value, std::memory_order how,
                      std::uint32_t step) {
  const unsigned before = locations_[where].count - 1;
  learn(thread, where, how, before);
  store_record& mine = append(thread, where, value, how, step);
  mine.message.join(locations_[where].stores[before].message);  // the release sequence goes on
}

/// The knowledge of a release store includes the store itself.
store_record& memory::append(unsigned thread, location_id where, std::uint64_t value, std::memory_order how,
                             std::uint32_t step) {
  location& at = locations_[where];
  thread_memory& mine = threads_[thread];
  const auto index = static_cast<tick>(at.count);
  note_writer(thread, where);
  if (at.count == at.stores.size()) at.stores.emplace_back();
  store_record& made = at.stores[at.count++];
  mine.now.seen.of[where] = index;
  if (how == std::memory_order_seq_cst) in_order_.of[where] = index;
  made.value = value;
  made.step = step;
  made.writer = static_cast<std::uint8_t>(thread);
  made.message = releases(how) ? mine.now : mine.released;
  advance(thread);
  return made;
}

void memory::note_writer(unsigned thread, location_id where) noexcept {
  const auto bit = static_cast<std::uint8_t>(1u << thread);
  if (thread == setup_thread || (writers_[where] & bit) != 0) return;
  writers_[where] |= bit;
  found_writer_ = true;
}

void memory::learn(unsigned thread, location_id where, std::memory_order how, unsigned index) noexcept {
  thread_memory& mine = threads_[thread];
  const auto read = static_cast<tick>(index);
  mine.now.seen.of[where] = std::max(mine.now.seen.of[where], read);
  if (how == std::memory_order_seq_cst) in_order_.of[where] = std::max(in_order_.of[where], read);
  const knowledge& message = locations_[where].stores[index].message;
  if (acquires(how)) {
    mine.now.join(message);
  } else {
    mine.to_learn.join(message);
  }
}

void memory::fence(unsigned thread, std::memory_order how) noexcept {
  thread_memory& mine = threads_[thread];
  if (acquires(how)) acquire_fence(mine);
  if (how == std::memory_order_seq_cst) {
    mine.now.seen.join(in_order_);
    in_order_.join(mine.now.seen);
  }
  if (releases(how)) mine.released = mine.now;
  advance(thread);
}

void memory::light_fence(unsigned thread) noexcept {
  thread_memory& mine = threads_[thread];
  mine.now.seen.join(heavy_);
  light_.join(mine.now.seen);
  advance(thread);
}

void memory::heavy_fence(unsigned thread) noexcept {
  thread_memory& mine = threads_[thread];
  mine.now.seen.join(light_);
  mine.now.seen.join(heavy_);
  fence(thread, std::memory_order_seq_cst);
  heavy_.join(mine.now.seen);
}

void memory::hand_over(unsigned from, unsigned to) noexcept {
  threads_[to].now.join(threads_[from].now);
  advance(from);
}

}  // namespace tidegate::model
