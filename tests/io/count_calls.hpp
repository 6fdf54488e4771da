// count_calls.hpp: counts the system calls of a child process between marks, by tracing it.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace tidegate::test {

/// What the traced body says: a mark is a system call that nothing else makes, and is not counted.
struct call_marks {
  static constexpr long unknown = -4242;  // no system call has this number; the tracer reads the arguments
  void begin(const char* name) const { ::syscall(unknown, name); }
  void end() const { ::syscall(unknown, nullptr); }
};

struct call_counts {
  bool allowed = true;  // tracing is
  int exit_code = -1;
  std::map<std::string, std::uint64_t> counts;

  [[nodiscard]] std::uint64_t of(const std::string& name) const {
    const auto found = counts.find(name);
    EXPECT_NE(found, counts.end()) << "no mark " << name;
    return found == counts.end() ? 0 : found->second;
  }
};

/// Follows the first thread of `child` from one system call to the next.
inline void follow(pid_t child, call_counts& result) {
  std::string current;
  for (;;) {
    int status = 0;
    if (::waitpid(child, &status, 0) != child) return;
    if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) result.exit_code = 128 + WTERMSIG(status);
    if (WIFEXITED(status) || WIFSIGNALED(status)) return;
    const bool at_call = WSTOPSIG(status) == (SIGTRAP | 0x80);
    __ptrace_syscall_info info{};
    if (at_call && ::ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof info, &info) > 0 &&
        info.op == PTRACE_SYSCALL_INFO_ENTRY) {
      if (static_cast<long>(info.entry.nr) == call_marks::unknown) {
        // the child is a copy of us: its name lies where ours does
        const char* const name = reinterpret_cast<const char*>(info.entry.args[0]);
        current = name == nullptr ? "" : name;
        if (!current.empty()) result.counts[current] = 0;
      } else if (!current.empty()) {
        ++result.counts[current];
      }
    }
    const long deliver = at_call || WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status);
    ::ptrace(PTRACE_SYSCALL, child, 0, deliver);
  }
}

/// Runs `body(call_marks)` in a child, which exits with what it returns.
template <class Body>
call_counts count_calls(Body body) {
  call_counts result;
  const pid_t child = ::fork();
  if (child == 0) {
    if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) ::_exit(99);
    ::raise(SIGSTOP);
    ::_exit(body(call_marks{}));
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  if (WIFEXITED(status)) {
    result.allowed = WEXITSTATUS(status) != 99;
    return result;
  }
  ::ptrace(PTRACE_SETOPTIONS, child, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
  ::ptrace(PTRACE_SYSCALL, child, nullptr, nullptr);
  follow(child, result);
  return result;
}

}  // namespace tidegate::test
