// faults.hpp: what the memory tests need from the system: children to break things in, refused system calls, and what
// /proc says about this process.
#pragma once

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tidegate/base/config.hpp"
#include "tidegate/base/kernel.hpp"

namespace tidegate::test {

inline constexpr int child_skipped = 77;

/// Runs `body` in a forked child, so that what it breaks (limits, user, filters, locks) ends with it. The child's
/// failures are printed there and are this test's failures; a child that leaves with `child_skipped` skips the test.
template <class F>
void in_child(F body) {
  std::fflush(nullptr);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    body();
    std::fflush(nullptr);
    ::_exit(testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status)) << "the child died of signal " << WTERMSIG(status);
  if (WEXITSTATUS(status) == child_skipped) GTEST_SKIP() << "the system does not let this test do what it needs";
  EXPECT_EQ(WEXITSTATUS(status), 0) << "checks failed in the child, see above";
}

/// For children: leaves with a reason why the test cannot run here.
[[noreturn]] inline void skip_child(const char* reason) {
  std::fprintf(stderr, "SKIPPED: %s\n", reason);
  ::_exit(child_skipped);
}

/// Which calls to refuse: those whose argument `argument`, masked, equals `value`. The defaults refuse all.
struct call_pattern {
  long number;
  unsigned argument = 0;
  std::uint32_t mask = 0;
  std::uint32_t value = 0;
};

inline constexpr call_pattern huge_mmap{SYS_mmap, 3, MAP_HUGETLB, MAP_HUGETLB};
inline constexpr call_pattern populate_advice{SYS_madvise, 2, ~0u, MADV_POPULATE_WRITE};
inline constexpr call_pattern huge_advice{SYS_madvise, 2, ~0u, MADV_HUGEPAGE};

/// For children: from now on the kernel answers such calls with `error`.
inline void refuse(call_pattern call, int error) {
  const auto argument = static_cast<std::uint32_t>(offsetof(seccomp_data, args) + 8 * call.argument);
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(call.number), 0, 4),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, argument),  // low half: little-endian
      BPF_STMT(BPF_ALU | BPF_AND | BPF_K, call.mask),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call.value, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error)),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{static_cast<unsigned short>(std::size(code)), code};
  const bool installed =
      ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
  if (!installed) skip_child("system call filters are not available");
}

/// Address space of this process in bytes. Reads without allocating, so that it does not disturb what it measures.
inline std::size_t address_space_bytes() {
  char text[64] = {};
  const int file = ::open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  const ssize_t got = ::read(file, text, sizeof text - 1);
  ::close(file);
  std::size_t pages = 0;
  if (got <= 0 || std::sscanf(text, "%zu", &pages) != 1) ADD_FAILURE() << "cannot read statm";
  return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

/// The address space has this size now. Unchecked under ThreadSanitizer, which maps memory of its own at any time.
inline void expect_address_space(std::size_t bytes, const char* meaning) {
  if constexpr (!thread_sanitizer) {
    EXPECT_EQ(address_space_bytes(), bytes) << meaning;
  }
}

/// The number after `key` in a /proc file of "key: number" lines.
inline std::size_t proc_value(const char* path, const std::string& key) {
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line)) {
    if (line.starts_with(key + ":")) return std::stoull(line.substr(key.size() + 1));
  }
  ADD_FAILURE() << "no " << key << " in " << path;
  return 0;
}

inline std::size_t locked_bytes() { return 1024 * proc_value("/proc/self/status", "VmLck"); }

/// The line `key` of the mapping that holds `where`, from /proc/self/smaps; "" when nothing is mapped there.
inline std::string mapping_line(const void* where, const std::string& key) {
  std::ifstream file("/proc/self/smaps");
  std::string line;
  bool inside = false;
  while (std::getline(file, line)) {
    std::uintptr_t first = 0;
    std::uintptr_t last = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx ", &first, &last) == 2) {
      const auto address = reinterpret_cast<std::uintptr_t>(where);
      inside = first <= address && address < last;
    } else if (inside && line.starts_with(key + ":")) {
      return line;
    }
  }
  return "";
}

/// How many pages of [where, where + bytes) are present; -1 when some of it is not mapped. `where` is page-aligned.
inline long present_pages(void* where, std::size_t bytes) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  std::vector<unsigned char> present((bytes + page - 1) / page);
  if (::mincore(where, bytes, present.data()) != 0) return -1;
  long count = 0;
  for (const unsigned char flags : present) count += flags & 1;
  return count;
}

/// The NUMA policy of the page at `where` (MPOL_DEFAULT, MPOL_BIND, ...); -1 when the kernel does not say.
inline int numa_policy(void* where) {
  constexpr unsigned long policy_of_address = 2;  // MPOL_F_ADDR
  int mode = -1;
  ::syscall(SYS_get_mempolicy, &mode, nullptr, 0, where, policy_of_address);
  return mode;
}

/// Anonymous pages that play the caller's own memory.
class own_pages {
 public:
  explicit own_pages(std::size_t bytes) : bytes_(bytes) {
    where_ = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (where_ == MAP_FAILED) ADD_FAILURE() << "mmap failed";
    ::madvise(where_, bytes, MADV_NOHUGEPAGE);  // presence is counted by ordinary pages
  }
  own_pages(const own_pages&) = delete;
  own_pages& operator=(const own_pages&) = delete;
  ~own_pages() { ::munmap(where_, bytes_); }

  [[nodiscard]] std::span<std::byte> span() const { return {static_cast<std::byte*>(where_), bytes_}; }

 private:
  void* where_;
  std::size_t bytes_;
};

/// False where a filter (containers have one) or the kernel does not let memory be bound even to node 0.
inline bool node_can_be_bound() {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const own_pages probe(page);
  return kernel::bind_to_node(probe.span().data(), page, 0) == 0 && numa_policy(probe.span().data()) == MPOL_BIND;
}
inline constexpr const char* node_cannot_be_bound = "memory cannot be bound to NUMA node 0 here";

/// False where limits keep this process from locking that much.
inline bool can_lock(std::size_t bytes) {
  const own_pages probe(bytes);
  return ::mlock2(probe.span().data(), bytes, 0) == 0;
}

inline constexpr const char* pages_cannot_be_locked = "RLIMIT_MEMLOCK is too low here";

/// False under sanitizers that replace munlock by nothing.
inline bool munlock_works() {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const own_pages probe(page);
  const std::size_t before = locked_bytes();
  return ::mlock2(probe.span().data(), page, 0) == 0 && ::munlock(probe.span().data(), page) == 0 &&
         locked_bytes() == before;
}

}  // namespace tidegate::test
