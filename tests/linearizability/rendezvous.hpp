// rendezvous.hpp: a few threads go through the same steps side by side, as close together as the machine allows.
#pragma once

#include <atomic>
#include <cstddef>
#include <thread>

namespace tidegate::test {

class rendezvous {
 public:
  explicit rendezvous(std::size_t threads) noexcept : threads_(threads) {}

  /// Comes back when all threads have called it `step` times: 1, 2, 3 ... Orders what they did before.
  void meet(std::size_t step) noexcept {
    arrived_.fetch_add(1, std::memory_order_acq_rel);
    for (int looks = 0; arrived_.load(std::memory_order_acquire) < step * threads_; ++looks) {
      if (looks > 1000) std::this_thread::yield();
    }
  }

 private:
  std::size_t threads_;
  std::atomic<std::size_t> arrived_ = 0;
};

}  // namespace tidegate::test
