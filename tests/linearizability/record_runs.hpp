// record_runs.hpp: what real threads do to a byte ring, in many short runs for the search.
//
// A record carries its value over and over, so that one that is not whole shows: it is recorded with the value 0.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <list>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "tests/linearizability/byte_fifo.hpp"
#include "tests/linearizability/explain.hpp"
#include "tests/linearizability/history.hpp"
#include "tests/linearizability/recorder.hpp"
#include "tests/linearizability/rendezvous.hpp"
#include "tests/linearizability/search.hpp"
#include "tests/linearizability/stamps.hpp"
#include "tidegate/base/status.hpp"

namespace tidegate::test {

/// Fills `room` with the record of that value.
inline void write_record(std::span<std::byte> room, std::uint64_t value) noexcept {
  std::memcpy(room.data(), &value, sizeof value);
  for (std::size_t i = sizeof value; i < room.size(); ++i) room[i] = static_cast<std::byte>(value + 31 * i);
}

/// How many bytes it has: not always a multiple of 8.
[[nodiscard]] inline std::size_t bytes_of(const record_value& of) noexcept {
  return 8 * (of.used - 1) - (of.used > 2 ? of.number % 8 : 0);
}

/// The value of a record; 0 when it is not whole.
[[nodiscard]] inline std::uint64_t value_in(std::span<const std::byte> record) noexcept {
  std::uint64_t value = 0;
  if (record.size() < sizeof value) return 0;
  std::memcpy(&value, record.data(), sizeof value);
  if (record_value::of(value).used < 2 || record.size() != bytes_of(record_value::of(value))) return 0;
  for (std::size_t i = sizeof value; i < record.size(); ++i) {
    if (record[i] != static_cast<std::byte>(value + 31 * i)) return 0;
  }
  return value;
}

/// What one thread did to a ring.
class record_log {
 public:
  explicit record_log(std::size_t thread) noexcept : thread_(thread) {}

  /// `said`: operations of one call, which began at `invoked` and ends now.
  template <class... Operations>
  void add(std::uint64_t invoked, const Operations&... said) {
    const std::uint64_t returned = stamp_after();
    ++call_;
    (add_one(said, invoked, returned), ...);
  }
  /// The same of one that may come in any order with the others of its call.
  void add_apart(const operation& said, std::uint64_t invoked) {
    operations_.push_back({said, invoked, stamp_after()});
  }

  [[nodiscard]] std::size_t thread() const noexcept { return thread_; }
  [[nodiscard]] const std::vector<timed_operation>& operations() const noexcept { return operations_; }

 private:
  void add_one(operation said, std::uint64_t invoked, std::uint64_t returned) {
    said.call = call_;
    operations_.push_back({said, invoked, returned});
  }

  std::size_t thread_;
  std::uint32_t call_ = 0;
  std::vector<timed_operation> operations_;
};

/// Pushes records of random sizes, some in place; of these some are abandoned, or published in part.
template <class Ring, bool ClaimsAreSeen>
class record_producer {
  using claim_type = decltype(std::declval<Ring&>().try_claim(std::size_t{}));

 public:
  record_producer(Ring& ring, record_log& log, std::uint64_t seed) : ring_(ring), log_(log), random_(seed) {}
  record_producer(const record_producer&) = delete;
  record_producer& operator=(const record_producer&) = delete;
  ~record_producer() { end_claim(); }

  void call() {
    const std::size_t largest = ring_.max_record_bytes() / 8 + 1;
    record_value next{10 * number_ + log_.thread(), 2 + random_() % (largest - 1), 0};
    next.used = next.claimed;
    if (open_ && random_() % 2 == 0) end_claim();
    if (random_() % 2 == 0) {
      push(next);
    } else if (!open_) {
      next.used = 2 + random_() % (next.claimed - 1);
      claim(next);
    }
    if (open_ && (!ClaimsAreSeen || random_() % 2 == 0)) end_claim();
  }

 private:
  struct open_claim {
    claim_type claim;
    record_value value;
    std::uint64_t invoked;
  };

  [[nodiscard]] operation made(operation_kind kind, const record_value& of) const noexcept {
    operation op = operation::push(log_.thread(), of.value(), push_status::ok);
    op.kind = kind;
    return op;
  }

  void push(const record_value& next) {
    std::array<std::byte, 800> memory;
    const auto record = std::span(memory).first(bytes_of(next));
    write_record(record, next.value());
    const std::uint64_t invoked = stamp_before();
    const push_status status = ring_.try_push(record);
    const operation pushed = operation::push(log_.thread(), next.value(), status);
    if (status == push_status::ok) ++number_;
    if (status == push_status::ok && ClaimsAreSeen) {
      log_.add(invoked, pushed, made(operation_kind::publish, next));
    } else {
      log_.add(invoked, pushed);
    }
  }

  void claim(const record_value& next) {
    const std::uint64_t invoked = stamp_before();
    claim_type claimed = ring_.try_claim(8 * (next.claimed - 1));
    const push_status status = claimed.status();
    if (status == push_status::ok) ++number_;
    if (status != push_status::ok || ClaimsAreSeen)
      log_.add(invoked, operation::push(log_.thread(), next.value(), status));
    if (status == push_status::ok) open_.emplace(open_claim{std::move(claimed), next, invoked});
  }

  void end_claim() {
    if (!open_) return;
    const bool publishes = random_() % 4 != 0;
    if (publishes) write_record(open_->claim.bytes().first(bytes_of(open_->value)), open_->value.value());
    const std::uint64_t invoked = ClaimsAreSeen ? stamp_before() : open_->invoked;
    if (publishes) {
      open_->claim.publish(bytes_of(open_->value));
    } else {
      open_->claim.abandon();
    }
    if constexpr (ClaimsAreSeen) {
      log_.add(invoked, made(publishes ? operation_kind::publish : operation_kind::abandon, open_->value));
    } else if (publishes) {
      log_.add(invoked, made(operation_kind::push, open_->value));
    }
    open_.reset();
  }

  Ring& ring_;
  record_log& log_;
  std::mt19937_64 random_;
  std::uint64_t number_ = 1;
  std::optional<open_claim> open_;
};

/// Takes records, one at a time or shown in place.
template <class Ring, bool ClaimsAreSeen>
class record_consumer {
 public:
  record_consumer(Ring& ring, record_log& log, std::uint64_t seed) : ring_(ring), log_(log), random_(seed) {}

  pop_status call() {
    if constexpr (requires { ring_.try_peek(1); }) {
      if (random_() % 3 == 0) return peek(1 + random_() % 2);
    }
    return consume();
  }

  pop_status consume() {
    std::uint64_t value = 0;
    const std::uint64_t invoked = stamp_before();
    const pop_status status = ring_.try_consume([&](std::span<std::byte> record) { value = value_in(record); });
    log_.add(invoked, operation::pop(log_.thread(), status, value));
    if (status == pop_status::empty) came_by(invoked);
    return status;
  }

 private:
  pop_status peek(std::size_t most) {
    std::array<std::uint64_t, 2> values{};
    std::size_t count = 0;
    const std::uint64_t invoked = stamp_before();
    auto shown = ring_.try_peek(most);
    for (const auto record : shown) values[count++] = value_in(record);
    const std::size_t released = count == 0 ? 0 : 1 + random_() % count;
    shown.release(released);
    const bool looked_on = count < most && released == count;  // it gives back what was abandoned behind, too
    const pop_status status = count != 0 ? pop_status::ok : ring_.ended() ? pop_status::closed : pop_status::empty;
    const operation first = operation::pop(log_.thread(), status, values[0]);
    const operation second = operation::pop(log_.thread(), pop_status::ok, values[1]);
    const operation look = operation::pop(log_.thread(), pop_status::cancelled);
    if (count == 0) log_.add(invoked, first);
    if (count == 0) came_by(invoked);
    if (released == 1 && !looked_on) log_.add(invoked, first);
    if (released == 1 && looked_on) log_.add(invoked, first, look);
    if (released == 2) log_.add(invoked, first, second);
    return status;
  }

  /// Gave back what was abandoned in front.
  void came_by(std::uint64_t invoked) {
    if constexpr (ClaimsAreSeen) log_.add_apart(operation::pop(log_.thread(), pop_status::cancelled), invoked);
  }

  Ring& ring_;
  record_log& log_;
  std::mt19937_64 random_;
};

/// Every producer pushes `each` records that all take two words, the last one closes, the consumer takes them until it
/// is told so. Returns the recording: of a bounded FIFO. An `empty` that tells of what is next says nothing in it.
template <bool ClaimsAreSeen, class Ring>
[[nodiscard]] std::vector<timed_operation> long_record_run(Ring& ring, std::size_t producers, std::uint64_t each) {
  std::vector<recorder> records;
  for (std::size_t thread = 0; thread <= producers; ++thread) records.emplace_back(thread, each * producers + 2, each);
  std::atomic<std::size_t> busy{producers};
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < producers; ++i) {
    threads.emplace_back([&, i] {
      std::array<std::byte, 8> memory;
      for (std::uint64_t number = 1; number <= each;) {
        const std::uint64_t value = record_value{100 * number + i, 2, 2}.value();
        write_record(memory, value);
        const push_status status = records[i].push(value, [&] { return ring.try_push(memory); });
        if (status == push_status::ok) ++number;
        if (status != push_status::ok) std::this_thread::yield();
      }
      if (--busy == 0) records[i].close([&] { ring.close(); });
    });
  }
  for (pop_status status{}; status != pop_status::closed;) {
    std::uint64_t value = 0;
    const std::uint64_t invoked = stamp_before();
    status = ring.try_consume([&](std::span<std::byte> record) { value = value_in(record); });
    const bool says_nothing = ClaimsAreSeen && status == pop_status::empty;
    records.back().popped(invoked, std::span(&value, status == pop_status::ok ? 1 : 0),
                          says_nothing ? pop_status::cancelled : status);
    if (status == pop_status::empty) std::this_thread::yield();
  }
  threads.clear();
  return all_of(records);
}

/// Many short runs side by side, each on a ring of its own.
template <class Ring, bool ClaimsAreSeen>
class record_runs {
  struct run {
    run(std::unique_ptr<Ring> made, std::size_t threads) : ring(std::move(made)) {
      for (std::size_t thread = 0; thread < threads; ++thread) logs.emplace_back(thread);
    }
    std::unique_ptr<Ring> ring;
    std::vector<record_log> logs;
  };

 public:
  /// `make` returns a new ring. With `third_closes` one more thread closes at some time, otherwise nobody does.
  template <class Make>
  record_runs(std::size_t count, std::size_t producers, bool third_closes, Make&& make)
      : producers_(producers), third_closes_(third_closes) {
    for (std::size_t i = 0; i < count; ++i) runs_.emplace_back(make(), producers + 2);
  }

  /// Each thread does `calls` calls on each ring; then what is left is taken out.
  void record(std::size_t calls, std::uint64_t seed) {
    rendezvous together(producers_ + 1 + (third_closes_ ? 1 : 0));
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < producers_; ++i) {
      threads.emplace_back([&, i] { produce(together, i, calls, seed + i); });
    }
    threads.emplace_back([&] { consume(together, calls, seed + 10); });
    if (third_closes_) threads.emplace_back([&] { close(together, seed + 20); });
    threads.clear();
    for (run& one : runs_) drain(one);
  }

  /// Searches an order for each run: why the first one that has none has none; empty when all have one.
  [[nodiscard]] std::string check(const byte_promise& promised) const {
    linearizer<byte_fifo> search;
    for (const run& one : runs_) {
      const std::vector<operation> history = order_by_time(recording_of(one));
      const linearization found = search.check(history, promised);
      if (!found) return explain<byte_fifo>(history, promised, found);
    }
    return {};
  }

  /// In how many runs some answer was so.
  [[nodiscard]] std::size_t count(operation_kind kind, answer said) const {
    std::size_t all = 0;
    for (const run& one : runs_) {
      const std::vector<timed_operation> recording = recording_of(one);
      all += std::ranges::any_of(
          recording, [&](const timed_operation& op) { return op.what.kind == kind && op.what.result == said; });
    }
    return all;
  }

 private:
  [[nodiscard]] static std::vector<timed_operation> recording_of(const run& one) {
    std::vector<timed_operation> all;
    for (const record_log& log : one.logs) all.insert(all.end(), log.operations().begin(), log.operations().end());
    return all;
  }

  void produce(rendezvous& together, std::size_t number, std::size_t calls, std::uint64_t seed) {
    std::size_t step = 0;
    for (run& one : runs_) {
      record_producer<Ring, ClaimsAreSeen> producer(*one.ring, one.logs[number], seed + 100 * step);
      together.meet(++step);
      for (std::size_t i = 0; i < calls; ++i) producer.call();
    }
  }
  void consume(rendezvous& together, std::size_t calls, std::uint64_t seed) {
    std::size_t step = 0;
    for (run& one : runs_) {
      record_consumer<Ring, ClaimsAreSeen> consumer(*one.ring, one.logs[producers_], seed + 100 * step);
      together.meet(++step);
      for (std::size_t i = 0; i < calls; ++i) static_cast<void>(consumer.call());
    }
  }
  void close(rendezvous& together, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::size_t step = 0;
    for (run& one : runs_) {
      together.meet(++step);
      for (std::size_t spin = random() % 400; spin > 0; --spin) std::atomic_signal_fence(std::memory_order_seq_cst);
      close(one);
    }
  }
  void close(run& one) {
    const std::uint64_t invoked = stamp_before();
    one.ring->close();
    one.logs.back().add(invoked, operation::close(producers_ + 1));
  }
  void drain(run& one) {
    one.ring->rebind_consumer();
    if (!third_closes_) close(one);
    record_consumer<Ring, ClaimsAreSeen> consumer(*one.ring, one.logs[producers_], 0);
    for (std::size_t i = 0; i < byte_fifo::most_records && consumer.consume() == pop_status::ok; ++i) {
    }
  }

  std::size_t producers_;
  bool third_closes_;
  std::list<run> runs_;
};

}  // namespace tidegate::test
