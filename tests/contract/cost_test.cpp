// No try call allocates or enters the kernel, and max_bytes() covers all that a queue ever takes. A program of its own,
// because it replaces operator new.
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <new>
#include <string>
#include <type_traits>

#include "gtest/gtest.h"
#include "tests/contract/elements.hpp"
#include "tests/contract/exchange/exchange_kinds.hpp"
#include "tests/contract/kinds.hpp"

namespace {

/// What the calling thread asked of the heap so far.
struct heap_account {
  long calls = 0;
  std::size_t taken_bytes = 0;
};
thread_local heap_account heap;

void* take(std::size_t bytes, std::size_t alignment) noexcept {
  const std::size_t rounded = (bytes + alignment - 1) / alignment * alignment;
  ++heap.calls;
  heap.taken_bytes += bytes;
  return std::aligned_alloc(alignment, rounded == 0 ? alignment : rounded);
}
void* take_or_throw(std::size_t bytes, std::size_t alignment) {
  void* const block = take(bytes, alignment);
  if (block == nullptr) throw std::bad_alloc();
  return block;
}
void give(void* block) noexcept {
  ++heap.calls;
  std::free(block);
}
constexpr std::size_t usual = alignof(std::max_align_t);

}  // namespace

void* operator new(std::size_t bytes) { return take_or_throw(bytes, usual); }
void* operator new[](std::size_t bytes) { return take_or_throw(bytes, usual); }
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept { return take(bytes, usual); }
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept { return take(bytes, usual); }
void* operator new(std::size_t bytes, std::align_val_t a) { return take_or_throw(bytes, static_cast<std::size_t>(a)); }
void* operator new[](std::size_t bytes, std::align_val_t a) {
  return take_or_throw(bytes, static_cast<std::size_t>(a));
}
void* operator new(std::size_t bytes, std::align_val_t a, const std::nothrow_t&) noexcept {
  return take(bytes, static_cast<std::size_t>(a));
}
void operator delete(void* block) noexcept { give(block); }
void operator delete[](void* block) noexcept { give(block); }
void operator delete(void* block, std::size_t) noexcept { give(block); }
void operator delete[](void* block, std::size_t) noexcept { give(block); }
void operator delete(void* block, const std::nothrow_t&) noexcept { give(block); }
void operator delete[](void* block, const std::nothrow_t&) noexcept { give(block); }
void operator delete(void* block, std::align_val_t) noexcept { give(block); }
void operator delete[](void* block, std::align_val_t) noexcept { give(block); }
void operator delete(void* block, std::size_t, std::align_val_t) noexcept { give(block); }
void operator delete[](void* block, std::size_t, std::align_val_t) noexcept { give(block); }
void operator delete(void* block, std::align_val_t, const std::nothrow_t&) noexcept { give(block); }

namespace tidegate::test {
namespace {

/// Every non-blocking call, in each of its outcomes. Answers are added up instead of checked: checks may allocate.
template <class Queue>
[[nodiscard]] unsigned call_everything(Queue& queue) noexcept {
  unsigned sum = 0;
  std::uint32_t value = 1;
  std::uint32_t out[8] = {};
  for (int lap = 0; lap < 20; ++lap) {
    while (queue.try_push(value) == push_status::ok) ++sum;
    sum += static_cast<unsigned>(queue.try_push(std::uint32_t{2}));
    sum += static_cast<unsigned>(queue.try_emplace(3U));
    sum += static_cast<unsigned>(queue.try_push_n(out, 8));
    sum += static_cast<unsigned>(queue.try_pop(out[0]));
    sum += static_cast<unsigned>(queue.try_consume([&sum](std::uint32_t&& taken) noexcept { sum += taken; }));
    sum += static_cast<unsigned>(queue.try_pop_n(out, 8));
    if constexpr (requires { queue.try_claim(1); }) {
      auto claim = queue.try_claim(3);
      claim.publish(claim.count());
      auto peek = queue.try_peek(3);
      peek.release(peek.count());
    }
    if constexpr (requires { queue.push_evict(1U); }) {
      sum += static_cast<unsigned>(queue.push_evict(1U));
      sum += static_cast<unsigned>(queue.pushed_hint() + queue.popped_hint());
    }
    if constexpr (requires { queue.stats(); }) {
      if (lap % 2 == 1) sum += static_cast<unsigned>(queue.stats().pushed);
    }
    sum += static_cast<unsigned>(queue.depth_hint() + queue.credits_hint() + queue.max_bytes());
    while (queue.try_pop(out[0]) == pop_status::ok) ++sum;
    if (lap == 18) queue.close();
  }
  return sum;
}

template <class Kind>
class cost : public testing::Test {};
using kinds_with_a_cost = detail::chosen<detail::is_any, kind_list<>, surface_forms, position_forms, waiting_forms,
                                         overflow_forms, exchange_surface_forms, exchange_other_forms>::types;
TYPED_TEST_SUITE(cost, kinds_with_a_cost, kind_names);

TYPED_TEST(cost, of_no_try_call_is_an_allocation) {
  auto queue = TypeParam::template make<std::uint32_t>(20);
  const long before = heap.calls;
  const unsigned sum = call_everything(queue);
  const long after = heap.calls;
  EXPECT_EQ(after, before);
  EXPECT_NE(sum, 0U);
}

TYPED_TEST(cost, in_memory_is_known_at_construction) {
  const std::size_t before = heap.taken_bytes;
  auto queue = TypeParam::template make<std::uint32_t>(20);
  const std::size_t taken = heap.taken_bytes - before;
  EXPECT_LE(taken + sizeof(queue), queue.max_bytes());
  const std::size_t promised = queue.max_bytes();
  static_cast<void>(call_everything(queue));
  EXPECT_EQ(queue.max_bytes(), promised);
  EXPECT_EQ(heap.taken_bytes - before, taken);
}

/// A sanitizer's runtime enters the kernel when it likes.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool calls_of_its_own = true;
#elif defined(__has_feature)
constexpr bool calls_of_its_own = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool calls_of_its_own = false;
#endif

/// From here on any system call but exit_group() ends this process.
[[nodiscard]] bool forbid_system_calls() noexcept {
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{static_cast<unsigned short>(std::size(code)), code};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

enum child_exit : int { child_done = 0, child_cannot_forbid = 77 };

/// Runs `body` in a child that may make no system call; returns how the child ended.
template <class Body>
[[nodiscard]] int run_without_system_calls(Body&& body) {
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    if (!forbid_system_calls()) ::_exit(child_cannot_forbid);
    body();
    ::_exit(child_done);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return status;
}

TYPED_TEST(cost, of_no_try_call_is_a_system_call) {
  if (calls_of_its_own) GTEST_SKIP() << "*** SKIPPED: the sanitizer makes system calls of its own ***";
  auto queue = TypeParam::template make<std::uint32_t>(20);
  const int status = run_without_system_calls([&queue] { static_cast<void>(call_everything(queue)); });
  if (WIFEXITED(status) && WEXITSTATUS(status) == child_cannot_forbid) {
    GTEST_SKIP() << "*** SKIPPED: system call filters are not available ***";
  }
  EXPECT_TRUE(WIFEXITED(status)) << "killed by signal " << WTERMSIG(status) << ", " << SIGSYS << " is a system call";
}

TEST(cost_check, notices_a_system_call) {
  if (calls_of_its_own) GTEST_SKIP() << "*** SKIPPED: the sanitizer makes system calls of its own ***";
  const int status = run_without_system_calls([] { static_cast<void>(::getppid()); });
  if (WIFEXITED(status) && WEXITSTATUS(status) == child_cannot_forbid) {
    GTEST_SKIP() << "*** SKIPPED: system call filters are not available ***";
  }
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
}

TEST(cost_check, notices_an_allocation) {
  const long before = heap.calls;
  const std::string text(100, 'x');
  EXPECT_EQ(heap.calls, before + 1) << text.size();
}

}  // namespace
}  // namespace tidegate::test
