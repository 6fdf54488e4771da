// living_threads: small numbers for living threads, and who of them lives.
//
// A thread joins at its first question and leaves when it ends; its number is then given to the next one that joins,
// with another generation, so that a key never comes back. Numbers are dense: the smallest free one.
// Progress: of_this_thread() is a load after the first call, which is wait-free, O(living threads); lives() is a load.
//
// Protocol: [life] leave() → lives() and join(): what a thread did before it ended is seen by whoever finds it gone or
// follows it.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "tidegate/base/order.hpp"

namespace tidegate {

/// Generation above, number in the low 16 bits; 0 is nobody.
using thread_key = std::uint64_t;

[[nodiscard]] constexpr std::size_t number_of(thread_key key) noexcept { return key & 0xffff; }

template <template <class> class Atomic, std::size_t MostThreads>
class living_threads {
  static_assert(MostThreads <= 0x10000);

 public:
  /// Takes the smallest free number. 0 when there is none.
  [[nodiscard]] thread_key join() noexcept {
    for (std::size_t number = 0; number < MostThreads; ++number) {
      std::uint64_t word = words_[number].load(order::relaxed);  // compared only
      if (is_taken(word)) continue;
      // [life] pairs with leave(): the thread that follows sees what the one before it did
      if (words_[number].compare_exchange_strong(word, word + 3, order::acquire, order::relaxed)) {
        return key_of(word + 3, number);
      }
    }
    return 0;
  }

  void leave(thread_key key) noexcept {
    words_[number_of(key)].store(word_of(key) - 1, order::release);  // [life] pairs with join() and lives()
  }

  [[nodiscard]] bool lives(thread_key key) const noexcept {
    return words_[number_of(key)].load(order::acquire) == word_of(key);  // [life] pairs with leave()
  }

  /// The same for a key of which only the bits in `kept` are known, the number among them. False once that thread has
  /// ended, unless a later one with that number has the same bits.
  [[nodiscard]] bool may_live(thread_key part, thread_key kept) const noexcept {
    const std::size_t number = number_of(part);
    const std::uint64_t word = words_[number].load(order::acquire);  // [life] pairs with leave()
    return is_taken(word) && ((key_of(word, number) ^ part) & kept) == 0;
  }

 private:
  // A word: 2 * generation, plus 1 while the number is taken. From free to taken it grows by 3, to the next generation.
  [[nodiscard]] static constexpr bool is_taken(std::uint64_t word) noexcept { return (word & 1) != 0; }
  [[nodiscard]] static constexpr thread_key key_of(std::uint64_t word, std::size_t number) noexcept {
    return word >> 1 << 16 | number;
  }
  [[nodiscard]] static constexpr std::uint64_t word_of(thread_key key) noexcept { return key >> 16 << 1 | 1; }

  std::array<Atomic<std::uint64_t>, MostThreads> words_{};
};

/// The calling thread's place among the living threads of the process: one table for all shared objects, hence visible.
///
/// The first question of a thread allocates and takes a lock in the C library, which runs the thread's end. A thread
/// that must not do that in its first call on a queue uses a handle, or asks beforehand.
class [[gnu::visibility("default")]] thread_lease {
 public:
  using table_type = living_threads<std::atomic, 16384>;

  [[nodiscard]] static table_type& table() noexcept {
    static constinit table_type all;
    return all;
  }

  /// The key of the calling thread; 0 when there are more threads than numbers.
  [[nodiscard]] static thread_key of_this_thread() noexcept {
    if (key_ == 0) [[unlikely]]
      join();
    return key_;
  }

 private:
  /// A thread that asks again after its lease has ended (in a destructor of another thread_local) gets a number that
  /// nobody gives back.
  [[gnu::noinline]] static void join() noexcept {
    key_ = table().join();
    static thread_local const leaving at_end;
    static_cast<void>(at_end);
  }

  struct leaving {
    leaving() noexcept = default;
    leaving(const leaving&) = delete;
    leaving& operator=(const leaving&) = delete;
    ~leaving() {
      if (key_ != 0) table().leave(key_);
      key_ = 0;
    }
  };

  static inline thread_local constinit thread_key key_ = 0;
};

}  // namespace tidegate
