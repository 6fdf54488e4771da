// lane_store: the memory of a lane_queue: what the lanes share, the lanes, and what the scheduler knows of them. Made
// once; what it holds keeps its place when the store moves.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <system_error>
#include <utility>

#include "tidegate/base/cache_line.hpp"
#include "tidegate/memory/region.hpp"
#include "tidegate/queue/detail/lane.hpp"

namespace tidegate::detail {

template <class T, lane_options Options, class Sync>
class lane_store {
 public:
  using lane_type = lane<T, Options, Sync>;
  using commons_type = typename lane_type::commons_type;
  using entry = deficit_round_robin::lane;

  static constexpr std::size_t max_lanes = 1024;

  lane_store() noexcept = default;
  lane_store(lane_store&& other) noexcept
      : storage_(std::move(other.storage_)),
        count_(std::exchange(other.count_, 0)),
        commons_(other.commons_),
        lanes_(other.lanes_),
        entries_(other.entries_) {
    other.commons_ = nullptr;
  }
  lane_store& operator=(lane_store&&) = delete;
  ~lane_store() {
    while (count_ > 0) std::destroy_at(lanes_ + --count_);
    if (commons_ != nullptr) std::destroy_at(commons_);
  }

  /// `count` lanes: one for each of `lanes`, or all like the only one. Nothing is kept when `error` is set.
  [[nodiscard]] static lane_store make(std::size_t count, std::span<const lane_config> lanes,
                                       const lanes_config& config, std::error_code& error) noexcept {
    error = std::make_error_code(std::errc::invalid_argument);
    if (!is_sound(count, lanes, config)) return {};
    lane_store made(count, config, error);
    for (std::size_t i = 0; !error && i < count; ++i) made.add(lanes[lanes.size() == 1 ? 0 : i], config, error);
    if (error) return {};
    return made;
  }

  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  [[nodiscard]] commons_type& commons() noexcept { return *commons_; }
  [[nodiscard]] const commons_type& commons() const noexcept { return *commons_; }
  [[nodiscard]] lane_type& at(std::size_t index) noexcept { return lanes_[index]; }
  [[nodiscard]] const lane_type& at(std::size_t index) const noexcept { return lanes_[index]; }
  [[nodiscard]] std::span<entry> entries() noexcept { return {entries_, count_}; }
  [[nodiscard]] std::span<const entry> entries() const noexcept { return {entries_, count_}; }

  [[nodiscard]] std::size_t bytes() const noexcept {
    std::size_t sum = storage_.committed_bytes();
    for (std::size_t i = 0; i < count_; ++i) sum += lanes_[i].ring_bytes();
    return sum;
  }

 private:
  static_assert(alignof(commons_type) <= cache_line_bytes && alignof(entry) <= alignof(lane_type));
  static constexpr std::size_t alignment = std::max(alignof(lane_type), alignof(commons_type));
  static constexpr std::size_t lanes_from = (sizeof(commons_type) + alignment - 1) / alignment * alignment;

  [[nodiscard]] static bool is_sound(std::size_t count, std::span<const lane_config> lanes,
                                     const lanes_config& config) noexcept {
    if (count == 0 || count > max_lanes || config.quantum == 0 || !config.memory.span.empty()) return false;
    for (const lane_config& one : lanes) {
      if (one.weight == 0 || one.weight > deficit_round_robin::max_weight) return false;
    }
    return config.strict.lane == strict_lane::none || (config.strict.lane < count && config.strict.in_a_row != 0);
  }

  lane_store(std::size_t count, const lanes_config& config, std::error_code& error) noexcept
      : storage_(
            region::make(lanes_from + count * (sizeof(lane_type) + sizeof(entry)), alignment, config.memory, error)) {
    if (error) return;
    std::byte* const first = storage_.data();
    commons_ = ::new (first) commons_type;
    lanes_ = reinterpret_cast<lane_type*>(first + lanes_from);
    entries_ = reinterpret_cast<entry*>(first + lanes_from + count * sizeof(lane_type));
  }

  void add(const lane_config& one, const lanes_config& config, std::error_code& error) noexcept {
    auto reserved = lane_type::ring_type::prepare(one.capacity, config.rows, config.memory, error);
    if (error) return;
    queue_config numbers{.capacity = one.capacity};
    numbers.budget = config.budget;
    numbers.offer_for = config.offer_for;
    ::new (lanes_ + count_) lane_type(std::move(numbers), std::move(reserved), *commons_);
    ::new (entries_ + count_) entry{.weight = one.weight};
    ++count_;
  }

  region storage_;
  std::size_t count_ = 0;
  commons_type* commons_ = nullptr;
  lane_type* lanes_ = nullptr;
  entry* entries_ = nullptr;
};

}  // namespace tidegate::detail
