// fiber: a stack of its own and a place to continue. Model threads are fibers, so that one of them runs at a time and
// the explorer decides which.
//
// A switch on x86-64 saves the registers that the ABI lets a callee keep (some 2 ns); elsewhere ucontext does it.
// A fiber may be left in the middle and prepared anew: what lives on its stack is then never destroyed.
#pragma once

#include <cstddef>

#if !defined(__x86_64__)
#include <ucontext.h>
#endif

namespace tidegate::model {

class fiber {
 public:
  using entry = void (*)(void* argument);  // must not return: its last act is a switch

  /// A fiber with a stack; overrunning it hits a guard page. Throws std::bad_alloc.
  explicit fiber(std::size_t stack_bytes);

  /// The caller's own stack, to come back to.
  fiber() noexcept = default;

  fiber(const fiber&) = delete;
  fiber& operator=(const fiber&) = delete;
  ~fiber();

  /// The next switch to this fiber calls `run(argument)` on its empty stack.
  void prepare(entry run, void* argument) noexcept;

  /// Suspends the running fiber in `from` and continues `to`. Returns when somebody switches to `from`.
  static void switch_between(fiber& from, fiber& to) noexcept;

 private:
  std::byte* mapping_ = nullptr;  // guard page, then the stack
  std::size_t mapping_bytes_ = 0;
#if defined(__x86_64__)
  void* stack_pointer_ = nullptr;  // where the saved registers lie
#else
  ucontext_t context_{};
#endif
};

}  // namespace tidegate::model
