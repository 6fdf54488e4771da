#include "bench/child.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "pump/concat.hpp"
#include "pump/failure.hpp"

namespace tidegate::bench {
namespace {

using pump::concat;

/// The program gets default signals and none blocked, whatever we have.
class spawn_settings {
 public:
  explicit spawn_settings(int output) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, output, STDERR_FILENO);
    posix_spawnattr_init(&attributes_);
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~spawn_settings() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  spawn_settings(const spawn_settings&) = delete;
  spawn_settings& operator=(const spawn_settings&) = delete;

  [[nodiscard]] int start(pid_t& pid, const std::vector<std::string>& words) const {
    std::vector<char*> pointers;
    for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
    pointers.push_back(nullptr);
    return posix_spawn(&pid, words.front().c_str(), &actions_, &attributes_, pointers.data(), environ);
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

}  // namespace

child::child(const std::vector<std::string>& words) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) pump::refuse(concat("no pipe: ", ::strerror(errno)));
  from_ = unique_fd(ends[0]);
  const unique_fd to(ends[1]);
  const int error = spawn_settings(to.get()).start(pid_, words);
  if (error != 0) {
    pid_ = -1;
    pump::refuse(concat("cannot start '", words.front(), "': ", ::strerror(error), "; accepted: a program"));
  }
}

child::~child() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  static_cast<void>(wait());
}

bool child::read_some() {
  std::array<char, 65536> piece{};
  ssize_t got = 0;
  do {
    got = ::read(fd(), piece.data(), piece.size());
  } while (got < 0 && errno == EINTR);
  at_end_ = got <= 0;
  if (!at_end_) text_.append(piece.data(), static_cast<std::size_t>(got));
  return !at_end_;
}

std::optional<std::string> child::next_line() {
  const std::size_t end = text_.find('\n');
  if (end == std::string::npos && (!at_end_ || text_.empty())) return std::nullopt;
  std::string line = text_.substr(0, end);
  text_.erase(0, end == std::string::npos ? end : end + 1);
  return line;
}

void child::stop() noexcept {
  if (pid_ >= 0) ::kill(pid_, SIGTERM);
}

std::string child::wait() {
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) continue;
  pid_ = -1;
  if (WIFSIGNALED(status)) return concat("ended by signal ", std::to_string(WTERMSIG(status)));
  const int code = WEXITSTATUS(status);
  return code <= 1 ? std::string() : concat("ended with status ", std::to_string(code));
}

std::string output_of(const std::vector<std::string>& words) {
  child running(words);
  while (running.read_some()) continue;
  std::string all;
  while (const auto line = running.next_line()) all += *line + "\n";
  if (const std::string how = running.wait(); !how.empty()) {
    pump::refuse(concat("'", words.front(), "' ", how, ": ", all.substr(0, all.find('\n'))));
  }
  return all;
}

}  // namespace tidegate::bench
