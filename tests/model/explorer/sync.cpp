#include "tests/model/explorer/sync.hpp"

#include <array>

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

[[nodiscard]] static const char* name_of(futex_outcome outcome) noexcept {
  constexpr const char* names[] = {"woken", "changed", "timed out", "interrupted", "refused"};
  return names[static_cast<unsigned>(outcome)];
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

void model_word::payload::fill(std::uint8_t number) const noexcept {
  std::array<std::byte, 8> bytes;
  bytes.fill(std::byte{number});
  for (std::size_t i = 0; i < bytes_; i += 8) {
    write(first_ + i / 8, std::span(bytes).first(std::min<std::size_t>(8, bytes_ - i)));
  }
}

int model_word::payload::number() const noexcept {
  int number = nothing;
  for (std::size_t i = 0; i < bytes_; ++i) {
    model_word& word = first_[i / 8];
    if (i % 8 == 0) {
      word.shadow_.read("payload");
      word.expect(holds::payload, true, "payload is looked for where none lies");
    }
    const int byte = static_cast<int>(word.value_ >> 8 * (i % 8) & 0xff);
    if (number != nothing && byte != number) execution::here().fail("a torn record");
    number = byte;
  }
  return number;
}

futex_outcome model_sync::futex_wait(const atomic<std::uint64_t>& word, std::uint32_t expected, deadline until,
                                     site at) noexcept {
  execution& run = execution::here();
  run.step();
  run.record(at,
             [&] { return "futex wait #" + std::to_string(word.location()) + " while " + std::to_string(expected); });
  const futex_outcome outcome = run.sleep(word.location(), expected, until);
  run.record(at, [&] { return std::string("futex wait returns: ") + name_of(outcome); });
  return outcome;
}

futex_outcome model_sync::futex_wait_many(const watch* first, std::size_t count, deadline until, site at) noexcept {
  execution& run = execution::here();
  bool reached_all = true;
  for (std::size_t i = 0; i < count && reached_all; ++i) {
    run.step();
    run.record(at, [&] {
      return "futex wait #" + std::to_string(first[i].word->location()) + " while " + std::to_string(first[i].expected);
    });
    reached_all = run.queue_on(first[i].word->location(), first[i].expected);
  }
  const futex_outcome outcome = run.sleep_on_all(reached_all, until);
  run.record(at, [&] { return std::string("futex wait returns: ") + name_of(outcome); });
  return outcome;
}

unsigned model_sync::futex_wake(const atomic<std::uint64_t>& word, unsigned count, site at) noexcept {
  execution& run = execution::here();
  const unsigned woken = run.wake(word.location(), count);
  run.record(at, [&] { return "futex wake #" + std::to_string(word.location()) + " wakes " + std::to_string(woken); });
  return woken;
}

}  // namespace tidegate::model
