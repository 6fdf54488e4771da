// relacy_sync.hpp: the Sync policy under which Relacy runs the rings: its atomics, cells that know whether they live.
//
// No futex and no asymmetric fence: what waits is beyond this engine. Positions are narrow and start before their wrap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "tests/relacy/relacy.hpp"
#include "tidegate/base/element.hpp"

namespace tidegate::model {

/// Why the execution under way failed; the last word before it is abandoned.
inline const char* relacy_reason = "";

/// Ends the execution: control goes back to Relacy and never returns here.
[[noreturn]] inline void fail_execution(const char* reason, rl::test_result_e kind) noexcept {
  relacy_reason = reason;
  rl::ctx().fail_test(reason, kind, RL_INFO);
  std::abort();
}

/// std::atomic as Relacy sees it: reads may be stale as far as the orders allow.
template <class T>
class relacy_atomic {
 public:
  relacy_atomic() noexcept : relacy_atomic(T{}) {}
  relacy_atomic(T value) noexcept : it_(value) {}  // implicit, as in std::atomic

  [[nodiscard]] T load(std::memory_order how) const noexcept { return it_.load(translated(how), RL_INFO); }
  void store(T value, std::memory_order how) noexcept { it_.store(value, translated(how), RL_INFO); }
  T fetch_add(T amount, std::memory_order how) noexcept { return it_.fetch_add(amount, translated(how), RL_INFO); }
  T fetch_sub(T amount, std::memory_order how) noexcept { return it_.fetch_sub(amount, translated(how), RL_INFO); }
  T fetch_or(T bits, std::memory_order how) noexcept { return it_.fetch_or(bits, translated(how), RL_INFO); }
  bool compare_exchange_strong(T& expected, T value, std::memory_order how, std::memory_order on_failure) noexcept {
    return it_.compare_exchange_strong(expected, value, translated(how), RL_INFO, translated(on_failure), RL_INFO);
  }

 private:
  [[nodiscard]] static constexpr rl::memory_order translated(std::memory_order how) noexcept {
    switch (how) {
      case std::memory_order::relaxed: return rl::mo_relaxed;
      case std::memory_order::consume: return rl::mo_consume;
      case std::memory_order::acquire: return rl::mo_acquire;
      case std::memory_order::release: return rl::mo_release;
      case std::memory_order::acq_rel: return rl::mo_acq_rel;
      case std::memory_order::seq_cst: break;
    }
    return rl::mo_seq_cst;
  }

  rl::atomic<T> it_;
};

/// A slot that reports races, double construction, use of nothing, a leak, and that it is no slot.
template <queue_element T>
class relacy_cell {
 public:
  relacy_cell() noexcept : accesses_(rl::ctx().var_ctor()) {}
  relacy_cell(const relacy_cell&) = delete;
  relacy_cell& operator=(const relacy_cell&) = delete;
  ~relacy_cell() {
    require(state::raw, "an element is left in its slot");
    state_ = state::none;
    rl::ctx().var_dtor(accesses_);
  }

  template <class... Args>
  void construct(Args&&... args) noexcept {
    require(state::raw, "an element is constructed where one lives");
    touch();
    ::new (static_cast<void*>(bytes_)) T(std::forward<Args>(args)...);
    state_ = state::live;
  }

  /// Counts as a write: who holds an element may change it.
  [[nodiscard]] T& get() noexcept {
    require(state::live, "an element is used that does not live");
    touch();
    return *std::launder(reinterpret_cast<T*>(bytes_));
  }

  void destroy() noexcept {
    std::destroy_at(&get());
    state_ = state::raw;
  }

  static void construct_n(relacy_cell* to, T* from, std::size_t count) noexcept {
    for (std::size_t i = 0; i < count; ++i) to[i].construct(std::move(from[i]));
  }
  static void take_n(relacy_cell* from, T* to, std::size_t count) noexcept {
    for (std::size_t i = 0; i < count; ++i) {
      to[i] = std::move(from[i].get());
      from[i].destroy();
    }
  }

 private:
  enum class state : std::uint32_t { none = 0, raw = 0x5a5a0001, live = 0x5a5a0002 };  // rare in other memory

  void require(state expected, const char* otherwise) const noexcept {
    if (state_ == expected) return;
    if (state_ != state::raw && state_ != state::live) otherwise = "an access beyond the slots";
    fail_execution(otherwise, rl::test_result_user_assert_failed);
  }
  void touch() noexcept {
    if (!accesses_->store(*rl::ctx().threadx_)) fail_execution("data race on an element", rl::test_result_data_race);
  }

  state state_ = state::raw;
  rl::var_data* accesses_;
  alignas(T) std::byte bytes_[sizeof(T)];
};

/// A client's own variable, not atomic: unordered use by two threads is a failure.
template <class T>
class relacy_variable {
 public:
  relacy_variable(T value = T{}) noexcept : value_(value) { accesses_->init(*rl::ctx().threadx_); }  // implicit
  relacy_variable(const relacy_variable&) = delete;
  relacy_variable& operator=(const relacy_variable&) = delete;
  ~relacy_variable() { rl::ctx().var_dtor(accesses_); }

  [[nodiscard]] T get() const noexcept {
    require(accesses_->load(*rl::ctx().threadx_));
    return value_;
  }
  void set(T value) noexcept {
    require(accesses_->store(*rl::ctx().threadx_));
    value_ = value;
  }

 private:
  static void require(bool ordered) noexcept {
    if (!ordered) fail_execution("data race on a variable", rl::test_result_data_race);
  }

  rl::var_data* accesses_ = rl::ctx().var_ctor();
  T value_;
};

struct relacy_sync {
  using position = std::uint8_t;
  static constexpr position first_position = 254;

  template <class T>
  using atomic = relacy_atomic<T>;

  template <class T>
  using cell = relacy_cell<T>;

  static constexpr bool plain_cells = false;

  /// A spin loop lets the others run.
  static void pause() noexcept { rl::ctx().yield(1, RL_INFO); }

  static void back_off(unsigned) noexcept {}  // waits for nothing

  [[nodiscard]] static std::uintptr_t thread_token() noexcept { return rl::thread_index() + 1; }
  [[nodiscard]] static thread_key this_thread() noexcept {
    const std::uint64_t number = rl::thread_index();
    return (number + 1) << 16 | number;
  }
  [[nodiscard]] static bool lives(thread_key) noexcept { return true; }
};

}  // namespace tidegate::model
