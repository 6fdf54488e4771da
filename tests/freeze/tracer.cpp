// tracer.cpp: fork, PTRACE_SEIZE, single steps, and the ends of all of that.
#include "tests/freeze/tracer.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <stdexcept>

#include "tests/freeze/mark.hpp"

extern "C" const char __executable_start;  // the linker's: where the program was loaded

namespace tidegate::test {
namespace {

/// A traced thread arrives within microseconds; that it never does is decided after `await_limit` waits.
constexpr timespec await_pause{.tv_sec = 0, .tv_nsec = 20'000'000};
constexpr int await_limit = 6'000;

[[nodiscard]] std::system_error system_failure(const char* call) {
  return std::system_error(errno, std::generic_category(), call);
}

long trace(int request, pid_t thread, std::uintptr_t address = 0, std::uintptr_t data = 0) {
  return ::ptrace(static_cast<__ptrace_request>(request), thread, address, data);
}

[[nodiscard]] sigset_t child_signal() noexcept {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGCHLD);
  return set;
}

/// Holds the child until its tracer has attached: the tracer then closes its end.
class gate {
 public:
  gate() {
    if (::pipe2(ends_.data(), O_CLOEXEC) != 0) throw system_failure("pipe2");
  }
  gate(const gate&) = delete;
  gate& operator=(const gate&) = delete;
  ~gate() {
    ::close(ends_[0]);
    open();
  }
  void open() noexcept {
    if (ends_[1] >= 0) ::close(ends_[1]);
    ends_[1] = -1;
  }
  void pass() noexcept {
    open();
    char nothing = 0;
    while (::read(ends_[0], &nothing, 1) < 0 && errno == EINTR) {
    }
  }

 private:
  std::array<int, 2> ends_{-1, -1};
};

[[noreturn]] void run_child(const std::function<void()>& body, gate& attached, pid_t tracer) noexcept {
  const bool dies_too = ::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && ::getppid() == tracer;
  if (!dies_too) ::_exit(1);
  attached.pass();
  body();
  ::_exit(0);
}

}  // namespace

traced_process::traced_process(const std::function<void()>& body) {
  const sigset_t child_changes = child_signal();
  ::sigprocmask(SIG_BLOCK, &child_changes, &signals_before_);  // await_event() takes it from there
  try {
    start(body);
  } catch (...) {
    end();
    throw;
  }
}

traced_process::~traced_process() { end(); }

void traced_process::start(const std::function<void()>& body) {
  gate attached;
  const pid_t tracer = ::getpid();
  child_ = ::fork();
  if (child_ < 0) throw system_failure("fork");
  if (child_ == 0) run_child(body, attached, tracer);
  if (trace(PTRACE_SEIZE, child_, 0, PTRACE_O_EXITKILL) != 0 || trace(PTRACE_INTERRUPT, child_) != 0) {
    throw tracing_refused(errno, std::generic_category(), "ptrace(PTRACE_SEIZE)");
  }
  if (const int status = await_event(); !WIFSTOPPED(status)) report_death(status);
  attached.open();
}

void traced_process::run_to_mark() {
  do {
    resume(PTRACE_CONT);
  } while (!is_mark(next_instruction() - 1));
}

bool traced_process::step(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const bool ends = is_mark(next_instruction());
    resume(PTRACE_SINGLESTEP);
    if (ends) return false;
  }
  return true;
}

void traced_process::expect_alive() {
  int status = 0;
  if (::waitpid(child_, &status, WNOHANG | __WALL) == child_ && !WIFSTOPPED(status)) report_death(status);
}

std::uintptr_t traced_process::address_in_program() const {
  return next_instruction() - reinterpret_cast<std::uintptr_t>(&__executable_start);  // the fork's too
}

std::chrono::nanoseconds traced_process::cpu_time() const {
  clockid_t clock{};
  timespec used{};
  if (::clock_getcpuclockid(child_, &clock) != 0 || ::clock_gettime(clock, &used) != 0) return {};
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

/// Until the thread has got further: a trap without progress tells again of the one before.
void traced_process::resume(int request) {
  const std::uintptr_t before = next_instruction();
  do {
    resume_until_trap(request);
  } while (next_instruction() == before);
}

void traced_process::resume_until_trap(int request) {
  int next = request;
  int signal = 0;
  for (;;) {
    if (trace(next, child_, 0, static_cast<std::uintptr_t>(signal)) != 0 && errno != ESRCH) {
      throw system_failure("ptrace, to go on");
    }
    const int status = await_event();  // ESRCH: killed while it was stopped; this tells how
    if (!WIFSTOPPED(status)) report_death(status);
    const bool of_job_control = status >> 16 == PTRACE_EVENT_STOP;
    if (!of_job_control && WSTOPSIG(status) == SIGTRAP) return;
    // Stopped by job control, the thread stays stopped until it is continued; other signals are the child's own.
    next = of_job_control && WSTOPSIG(status) != SIGTRAP ? int{PTRACE_LISTEN} : request;
    signal = of_job_control ? 0 : WSTOPSIG(status);
  }
}

std::uintptr_t traced_process::next_instruction() const {
  errno = 0;
  const long address = trace(PTRACE_PEEKUSER, child_, offsetof(user, regs.rip));
  if (address == -1 && errno != 0) throw system_failure("ptrace(PTRACE_PEEKUSER)");
  return static_cast<std::uintptr_t>(address);
}

/// Asks the code, not what the signal says of itself: on a busy virtual machine that once missed a mark.
bool traced_process::is_mark(std::uintptr_t address) const {
  constexpr long int3 = 0xcc;
  errno = 0;
  const long bytes = trace(PTRACE_PEEKTEXT, child_, address);
  if (bytes == -1 && errno != 0) throw system_failure("ptrace(PTRACE_PEEKTEXT)");
  return (bytes & 0xff) == int3;
}

int traced_process::await_event() {
  const sigset_t child_changes = child_signal();
  for (int waits = 0; waits < await_limit; ++waits) {
    int status = 0;
    const pid_t who = ::waitpid(child_, &status, WNOHANG | __WALL);
    if (who == child_) return status;
    if (who < 0 && errno != EINTR) throw system_failure("waitpid");
    static_cast<void>(::sigtimedwait(&child_changes, nullptr, &await_pause));
  }
  throw std::runtime_error("the traced thread does not arrive at a mark");
}

void traced_process::report_death(int status) {
  child_ = -1;  // reaped
  throw std::runtime_error(WIFSIGNALED(status)
                               ? std::string("the traced process died of: ") + ::strsignal(WTERMSIG(status))
                               : "the traced process left with " + std::to_string(WEXITSTATUS(status)));
}

void traced_process::end() noexcept {
  if (child_ > 0) {
    ::kill(child_, SIGKILL);
    int status = 0;
    do {  // a stop that was not yet reported comes first
      if (::waitpid(child_, &status, __WALL) < 0 && errno != EINTR) break;
    } while (!WIFEXITED(status) && !WIFSIGNALED(status));
  }
  child_ = -1;
  ::sigprocmask(SIG_SETMASK, &signals_before_, nullptr);
}

std::string why_tracing_is_refused() {
  try {
    traced_process probe([] { between_marks([] {}); });
    probe.run_to_mark();
    return probe.step(1) ? "an instruction was stepped over where none is" : "";
  } catch (const tracing_refused& refused) {
    return refused.what();
  }
}

}  // namespace tidegate::test
