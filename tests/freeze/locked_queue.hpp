// locked_queue.hpp: a queue behind a spin lock, for a control: a thread stopped with the lock blocks the others.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "tidegate/base/status.hpp"
#include "tidegate/base/sync.hpp"

namespace tidegate::test {

/// What a call does when another thread has the lock.
enum class when_locked : std::uint8_t {
  spin,    ///< waits
  refuse,  ///< answers `full` or `empty`, which then is a lie
};

template <when_locked Policy>
class locked_queue {
 public:
  using value_type = std::uint64_t;

  explicit locked_queue(std::size_t capacity) : slots_(capacity) {}

  push_status try_push(value_type&& value) noexcept {
    const holder lock(locked_);
    if (!lock.held() || depth_ == slots_.size()) return push_status::full;
    slots_[(head_ + depth_) % slots_.size()] = value;
    ++depth_;
    return push_status::ok;
  }

  pop_status try_pop(value_type& out) noexcept {
    const holder lock(locked_);
    if (!lock.held() || depth_ == 0) return pop_status::empty;
    out = slots_[head_];
    head_ = (head_ + 1) % slots_.size();
    --depth_;
    return pop_status::ok;
  }

  [[nodiscard]] std::size_t depth_hint() noexcept {
    const holder lock(locked_);
    return lock.held() ? depth_ : 0;
  }

 private:
  class holder {
   public:
    explicit holder(std::atomic<bool>& lock) noexcept : lock_(lock) {
      while (!(held_ = !lock.exchange(true, order::acquire)) && Policy == when_locked::spin) native_sync::pause();
    }
    holder(const holder&) = delete;
    holder& operator=(const holder&) = delete;
    ~holder() {
      if (held_) lock_.store(false, order::release);
    }
    [[nodiscard]] bool held() const noexcept { return held_; }

   private:
    std::atomic<bool>& lock_;
    bool held_ = false;
  };

  std::atomic<bool> locked_{false};
  std::size_t head_ = 0;
  std::size_t depth_ = 0;
  std::vector<value_type> slots_;
};

}  // namespace tidegate::test
