#include "tests/model/explorer/sync.hpp"

namespace tidegate::model {

const char* to_string(std::memory_order how) noexcept {
  switch (how) {
    case std::memory_order_relaxed: return "relaxed";
    case std::memory_order_consume: return "consume";
    case std::memory_order_acquire: return "acquire";
    case std::memory_order_release: return "release";
    case std::memory_order_acq_rel: return "acq_rel";
    case std::memory_order_seq_cst: return "seq_cst";
  }
  return "?";
}

void shadow::construct(const char* what) {
  check_write(what);
  if (lives_) execution::here().fail(std::string(what) + ": an element is already there");
  lives_ = true;
}

void shadow::destroy(const char* what) {
  check_write(what);
  if (!lives_) execution::here().fail(std::string(what) + ": no element is there");
  lives_ = false;
}

void shadow::touch(const char* what) {
  check_write(what);
  if (!lives_) execution::here().fail(std::string(what) + ": no element is there");
}

void shadow::look(const char* what) {
  read(what);
  if (!lives_) execution::here().fail(std::string(what) + ": no element is there");
}

void shadow::read(const char* what) {
  execution& run = execution::here();
  const vector_clock& known = run.known().happened;
  if (written_ > known.of[writer_]) run.fail(std::string("race: ") + what + " beside a write of another thread");
  readers_.of[run.thread()] = known.of[run.thread()];
}

void shadow::check_write(const char* what) {
  execution& run = execution::here();
  const vector_clock& known = run.known().happened;
  if (written_ > known.of[writer_]) run.fail(std::string("race: ") + what + " beside a write of another thread");
  if (!readers_.within(known)) run.fail(std::string("race: ") + what + " beside a read of another thread");
  readers_ = {};
  writer_ = static_cast<std::uint8_t>(run.thread());
  written_ = known.of[run.thread()];
}

futex_outcome model_sync::futex_wait(const atomic<std::uint64_t>& word, std::uint32_t expected, deadline until,
                                     site at) noexcept {
  execution& run = execution::here();
  run.step();
  run.record(at,
             [&] { return "futex wait #" + std::to_string(word.location()) + " while " + std::to_string(expected); });
  const futex_outcome outcome = run.sleep(word.location(), expected, until);
  run.record(at, [&] {
    constexpr const char* names[] = {"woken", "changed", "timed out", "interrupted"};
    return std::string("futex wait returns: ") + names[static_cast<unsigned>(outcome)];
  });
  return outcome;
}

unsigned model_sync::futex_wake(const atomic<std::uint64_t>& word, unsigned count, site at) noexcept {
  execution& run = execution::here();
  const unsigned woken = run.wake(word.location(), count);
  run.record(at, [&] { return "futex wake #" + std::to_string(word.location()) + " wakes " + std::to_string(woken); });
  return woken;
}

}  // namespace tidegate::model
