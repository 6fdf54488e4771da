#include "pump/record_queue.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace tidegate::pump {
namespace {

constexpr std::uint64_t stride = 251;  // a prime, so that it does not keep step with batches
constexpr std::chrono::milliseconds longest_gap{10};
constexpr std::size_t most_stamps = 1024;  // on their way; when there is no room for one more, it is not taken

}  // namespace

record_queue::record_queue(queue_config config) : queue_(std::move(config)), stamps_(most_stamps) {}

std::size_t record_queue::max_bytes() const noexcept {
  return sizeof(*this) - sizeof(queue_) - sizeof(stamps_) - sizeof(residence_) + queue_.max_bytes() +
         stamps_.max_bytes() + residence_.max_bytes();
}

/// In portions that end before a record that is to be stamped.
std::size_t record_queue::try_push_n(record* first, std::size_t count) noexcept {
  std::size_t pushed = 0;
  while (pushed < count) {
    if (reader_.met_full && queue_.credits_hint() == 0) break;  // no clock is read while records are shed
    // without room the record could be refused, and the stamp would be taken for one of another record
    if (const auto now = clock::now(); due(now) && queue_.credits_hint() > 0) put_stamp(now);
    const std::size_t portion = std::min(count - pushed, until_due());
    const std::size_t done = queue_.try_push_n(first + pushed, portion);
    pushed += done;
    reader_.pushed += done;
    reader_.met_full = done < portion;
    if (reader_.met_full) break;
  }
  return pushed;
}

push_status record_queue::push_until(record next, clock::time_point when, const std::stop_token& stop) noexcept {
  if (const auto now = clock::now(); due(now)) put_stamp(now);
  const push_status status = queue_.push_until(std::move(next), when, stop);
  if (accepted(status)) ++reader_.pushed;
  return status;
}

bool record_queue::due(clock::time_point now) const noexcept {
  return reader_.pushed >= reader_.due || now - reader_.stamped_at >= longest_gap;
}

/// How many may be pushed before the next record to be stamped; any number when that is overdue.
std::size_t record_queue::until_due() const noexcept {
  return reader_.pushed < reader_.due ? reader_.due - reader_.pushed : std::numeric_limits<std::size_t>::max();
}

/// Of the record that is pushed next.
void record_queue::put_stamp(clock::time_point now) noexcept {
  static_cast<void>(stamps_.try_push({reader_.pushed, now}));
  reader_.due = reader_.pushed + stride;
  reader_.stamped_at = now;
}

std::size_t record_queue::try_pop_n(record* out, std::size_t count) noexcept {
  return took(queue_.try_pop_n(out, count));
}

std::size_t record_queue::pop_n_until(record* out, std::size_t count, clock::time_point when,
                                      const std::stop_token& stop) noexcept {
  return took(queue_.pop_n_until(out, count, when, stop));
}

std::size_t record_queue::took(std::size_t count) noexcept {
  if (count == 0) return 0;
  sink_.popped += count;
  if (!next_stamp()) return count;
  const auto now = clock::now();
  do {
    residence_.record(now - sink_.next->when);
    sink_.next.reset();
  } while (next_stamp());
  return count;
}

/// True when a stamped record has been popped and not been counted yet.
bool record_queue::next_stamp() noexcept {
  stamp next{};
  if (!sink_.next && stamps_.try_pop(next) == pop_status::ok) sink_.next = next;
  return sink_.next && sink_.next->number < sink_.popped;
}

}  // namespace tidegate::pump
