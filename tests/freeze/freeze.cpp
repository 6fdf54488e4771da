// freeze.cpp: one round a point: run to the operation, step to the point, let the others work, go on, check the end.
#include "tests/freeze/freeze.hpp"

#include <algorithm>
#include <exception>
#include <limits>
#include <ostream>
#include <stdexcept>
#include <thread>

#include "tests/freeze/rendezvous.hpp"
#include "tests/freeze/tracer.hpp"

namespace tidegate::test {
namespace {

/// How often the tracer looks after work that is not done yet, and when it gives up on work that sleeps.
constexpr std::chrono::milliseconds look_every{2};
constexpr int looks_limit = 30'000;
constexpr std::chrono::hours no_cpu_limit{24};

/// No operation here has so many; one that has them is lost.
constexpr std::size_t instructions_limit = 2'000;

/// The traced process: its first thread plays round after round until it is killed.
[[noreturn]] void play(scenario& played, rendezvous& shared) noexcept {
  const std::jthread others([&]() noexcept {
    for (;;) {
      shared.work_granted.wait();
      shared.work_fault.write(played.work());
      shared.work_done.post();
    }
  });
  for (;;) {
    played.prepare();
    played.operate();
    shared.end_fault.write(played.conclude());
  }
}

class run {
 public:
  run(scenario& played, std::chrono::nanoseconds cpu_limit)
      : cpu_limit_(cpu_limit), thread_([this, &played] { play(played, *shared_); }) {}

  /// False when the operation ends before `instructions` of it were executed.
  bool freeze_after(std::size_t instructions, census& found) {
    const auto note = [&](std::vector<std::string>& lines, std::size_t point, const std::string& what) {
      lines.push_back(text("stopped after ", point, " instructions: ", what));
    };
    thread_.run_to_mark();
    if (const std::string fault = shared_->end_fault.take(); !fault.empty()) {
      note(found.broken, instructions - 1, fault);
    }
    if (!thread_.step(instructions)) return false;
    ++found.points;
    const std::string place = text(" (address 0x", std::hex, thread_.address_in_program(), ")");

    shared_->work_granted.post();
    const bool finished = await_work(cpu_limit_);
    thread_.run_to_mark();
    if (!finished && !await_work(no_cpu_limit)) throw std::runtime_error("the others do not finish at all");
    const std::string fault = shared_->work_fault.take();
    if (!finished) {
      ++found.spinning;
      note(found.blocked_at, instructions, "the others spin" + place);
    } else if (!fault.empty()) {
      ++found.denied;
      note(found.blocked_at, instructions, fault + place);
    }
    return true;
  }

 private:
  /// False when the others have burnt `cpu_limit` and are not done.
  bool await_work(std::chrono::nanoseconds cpu_limit) {
    const auto start = thread_.cpu_time();
    for (int looks = 0; looks < looks_limit; ++looks) {
      if (shared_->work_done.wait_for(look_every)) return true;
      thread_.expect_alive();
      if (thread_.cpu_time() - start > cpu_limit) return false;
    }
    throw std::runtime_error("the others sleep, or do not get to run");
  }

  std::chrono::nanoseconds cpu_limit_;
  shared_rendezvous shared_;
  traced_process thread_;
};

}  // namespace

census freeze_everywhere(scenario& played, std::chrono::milliseconds cpu_limit) {
  census found;
  try {
    run rounds(played, cpu_limit);
    for (std::size_t instructions = 0; rounds.freeze_after(instructions, found); ++instructions) {
      if (instructions == instructions_limit) throw std::runtime_error("the operation does not end");
    }
  } catch (const tracing_refused&) {
    throw;
  } catch (const std::exception& error) {
    found.broken.push_back(text("at point ", found.points, ": ", error.what()));
  }
  return found;
}

census& census::operator+=(const census& other) {
  points += other.points;
  spinning += other.spinning;
  denied += other.denied;
  blocked_at.insert(blocked_at.end(), other.blocked_at.begin(), other.blocked_at.end());
  broken.insert(broken.end(), other.broken.begin(), other.broken.end());
  return *this;
}

std::ostream& operator<<(std::ostream& out, const census& found) {
  constexpr std::size_t shown = 5;
  out << found.points << " points, " << found.blocked() << " blocked (" << found.spinning << " spinning, "
      << found.denied << " denied), " << found.broken.size() << " broken";
  for (const auto* lines : {&found.blocked_at, &found.broken}) {
    for (std::size_t i = 0; i < std::min(shown, lines->size()); ++i) out << "\n  " << (*lines)[i];
    if (lines->size() > shown) out << "\n  and " << lines->size() - shown << " more";
  }
  return out;
}

}  // namespace tidegate::test
