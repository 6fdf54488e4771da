// Node and Python: each in a process of its own that stays between runs, so that it is started and warm.
//
// They make the records in their own event loop, their best case, and send them to the same reader as everybody. Their
// CPU time is what they report themselves.
#include "bench/sink/rivals/scripts.hpp"

#include <chrono>
#include <memory>

#include "bench/sink/child_process.hpp"
#include "bench/sink/job.hpp"

namespace tidegate::bench::sink_bench {
namespace {

/// Started at the first job.
class script_sender {
 public:
  explicit script_sender(std::vector<std::string> command) : command_(std::move(command)) {}

  std::uint64_t operator()(const job& todo) {
    if (!*child_) *child_ = std::make_unique<child_process>(command_);
    const auto pause_ms = std::chrono::duration_cast<std::chrono::milliseconds>(todo.pause).count();
    (*child_)->write_line("run " + std::string(to_string(todo.via)) + " " + todo.address + " " +
                          std::to_string(todo.record_bytes) + " " + std::to_string(todo.records) + " " +
                          std::to_string(pause_ms));
    const std::string answer = (*child_)->read_line();
    if (answer.rfind("done ", 0) != 0) throw wrong_result(command_.front() + " answered: " + answer);
    return std::stoull(answer.substr(5));
  }

 private:
  std::vector<std::string> command_;
  std::shared_ptr<std::unique_ptr<child_process>> child_ = std::make_shared<std::unique_ptr<child_process>>();
};

void enlist(const entrant& who, const std::vector<std::string>& command, const std::vector<transport>& goes_to,
            bool paces) {
  if (!command.empty()) {
    senders().push_back({.who = who, .goes_to = goes_to, .paces = paces, .send = script_sender(command)});
  }
}

struct enlisted_scripts {
  enlisted_scripts() {
    const std::vector<transport> sockets{transport::tcp, transport::unix_socket};
    const std::vector<transport> everywhere{transport::tcp, transport::unix_socket, transport::file};
    const std::string place = "in a process of its own, makes the records in its loop";
    enlist({.name = "Node pipeline", .package = "nodejs", .note = "stream.pipeline, one push a record; " + place},
           node_command("pipeline"), everywhere, true);
    enlist({.name = "Node cork 64", .package = "nodejs", .note = "cork, 64 writes, uncork, 'drain'; " + place},
           node_command("cork"), everywhere, false);
    enlist({.name = "asyncio, drain each", .package = "python3", .note = "write and drain a record; " + place},
           python_command("each"), sockets, true);
    enlist({.name = "asyncio, drain every 64", .package = "python3", .note = "writelines of 64, drain; " + place},
           python_command("batch"), sockets, false);
  }
};
const enlisted_scripts scripts;

}  // namespace

std::vector<std::string> node_command(const std::string& mode) {
  const std::string program = TIDEGATE_BENCH_NODE;
  if (program.empty()) return {};
  return {program, TIDEGATE_BENCH_SCRIPTS "/sender.mjs", mode};
}

std::vector<std::string> python_command(const std::string& mode) {
  const std::string program = TIDEGATE_BENCH_PYTHON;
  if (program.empty()) return {};
  return {program, "-u", TIDEGATE_BENCH_SCRIPTS "/sender.py", mode};
}

}  // namespace tidegate::bench::sink_bench
