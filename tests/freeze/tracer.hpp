// tracer.hpp: a child process whose first thread is stepped through, instruction by instruction, from mark to mark.
//
// Its other threads are not traced: they run whatever the first one does. The tracer is another process, because ptrace
// refuses threads of its own. No stopped process is left behind: the child dies with this object, and the kernel kills
// it when the tracer dies. Signals that are not the tracer's are passed on; job control stops and continues as usual.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <system_error>

#include "tests/freeze/pinned.hpp"

namespace tidegate::test {

/// Thrown when the system does not let this process trace its own child.
class tracing_refused : public std::system_error {
  using std::system_error::system_error;
};

class traced_process {
 public:
  /// Forks a calling process that has one thread. The child's first thread runs `body`, traced from its beginning.
  explicit traced_process(const std::function<void()>& body);
  traced_process(const traced_process&) = delete;
  traced_process& operator=(const traced_process&) = delete;
  ~traced_process();

  // Each of these throws std::runtime_error when the child dies, or does not arrive within minutes.

  /// Lets the thread run until it has passed a mark, and stops it there.
  void run_to_mark();

  /// Lets the thread execute `count` instructions. False when one of them was a mark, where it then stands.
  [[nodiscard]] bool step(std::size_t count);

  /// Throws when the child has died. For waits on its other threads while the first one is stopped.
  void expect_alive();

  /// Where the stopped thread stands: what `addr2line` and `objdump` call it.
  [[nodiscard]] std::uintptr_t address_in_program() const;

  /// CPU time that all of the child's threads have used. A stopped one uses none.
  [[nodiscard]] std::chrono::nanoseconds cpu_time() const;

 private:
  void start(const std::function<void()>& body);
  void resume(int request);
  void resume_until_trap(int request);
  [[nodiscard]] std::uintptr_t next_instruction() const;
  [[nodiscard]] bool is_mark(std::uintptr_t address) const;
  [[nodiscard]] int await_event();
  [[noreturn]] void report_death(int status);
  void end() noexcept;

  pinned to_one_processor_;
  pid_t child_ = -1;
  sigset_t signals_before_{};
};

/// Why processes cannot be traced here; empty when they can.
[[nodiscard]] std::string why_tracing_is_refused();

}  // namespace tidegate::test
