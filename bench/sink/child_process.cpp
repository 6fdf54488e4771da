#include "bench/sink/child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "bench/sink/plain_write.hpp"

extern char** environ;

namespace tidegate::bench::sink_bench {
namespace {

std::array<unique_fd, 2> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  return {unique_fd(ends[0]), unique_fd(ends[1])};
}

}  // namespace

child_process::child_process(const std::vector<std::string>& command) {
  auto [theirs_in, ours_in] = make_pipe();
  auto [ours_out, theirs_out] = make_pipe();
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, theirs_in.get(), STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, theirs_out.get(), STDOUT_FILENO);
  const int problem = ::posix_spawnp(&id_, words[0], &actions, nullptr, words.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (problem != 0) throw std::system_error(problem, std::generic_category(), command.front());
  input_ = std::move(ours_in);
  output_ = std::move(ours_out);
}

child_process::~child_process() {
  close_input();
  while (::waitpid(id_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void child_process::write_line(const std::string& line) {
  const std::string text = line + "\n";
  write_all(input_.get(), std::as_bytes(std::span(text)));
}

bool child_process::read_more(bool waits) {
  pollfd ready{output_.get(), POLLIN, 0};
  if (::poll(&ready, 1, waits ? -1 : 0) <= 0) return waits && errno == EINTR;
  char piece[4096];
  const ssize_t got = ::read(output_.get(), piece, sizeof piece);
  if (got > 0) read_.append(piece, static_cast<std::size_t>(got));
  return got > 0;
}

std::string child_process::read_line() {
  for (;;) {
    const std::size_t end = read_.find('\n');
    if (end != std::string::npos) {
      std::string line = read_.substr(0, end);
      read_.erase(0, end + 1);
      return line;
    }
    if (!read_more(true)) return "";
  }
}

std::vector<std::string> child_process::lines_so_far() {
  while (read_more(false)) {
  }
  std::vector<std::string> lines;
  while (read_.find('\n') != std::string::npos) lines.push_back(read_line());
  return lines;
}

}  // namespace tidegate::bench::sink_bench
