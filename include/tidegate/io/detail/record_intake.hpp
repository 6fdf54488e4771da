// record_intake.hpp: takes records out of a queue and offers each one, as bytes, to an outlet that answers at once.
//
// An element leaves the queue only while the outlet has credit for the largest record that the encoder makes. Where a
// record can be looked at before it leaves (byte rings, runs in spsc rings) its own length counts. A record that is
// larger than it was said to be is carried: one at most, kept here until there is credit or somebody gives it up. Plain
// elements of queues that do not show them go by runs, too, through a buffer of 4 KiB.
// Thread role: the queue's consumer.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>

#include "tidegate/base/status.hpp"
#include "tidegate/io/detail/gathered_run.hpp"
#include "tidegate/io/record_encoder.hpp"
#include "tidegate/ring/byte_options.hpp"

namespace tidegate::detail {

/// What an outlet says about a record.
enum class put_answer : std::uint8_t {
  go_on,    ///< taken; the next one
  stop,     ///< taken, and that is all
  refused,  ///< not taken, and that is all
};

struct intake_budget {
  std::size_t bytes;
  std::size_t records;
};

template <class Queue>
concept gives_elements = requires {
  typename Queue::value_type;
};
template <class Queue>
concept gives_records = requires(Queue& queue) {
  typename Queue::view;
  { queue.ended() } -> std::same_as<bool>;
};

template <class Queue, class Encoder>
concept gives_runs = gives_elements<Queue> && requires(Queue& queue) {
  { queue.try_peek(1).spans() } -> std::same_as<std::array<std::span<typename Queue::value_type>, 2>>;
  requires Encoder::template as_it_lies<typename Queue::value_type>;
};

/// Its elements are records as they lie, though not in its memory: they are gathered into a run.
template <class Queue, class Encoder>
concept is_gathered =
    gives_elements<Queue> && !gives_runs<Queue, Encoder> && requires(Queue & queue, typename Queue::value_type* to) {
  { queue.try_pop_n(to, 1) } -> std::same_as<std::size_t>;
  requires Encoder::template as_it_lies<typename Queue::value_type>;
};

/// What is kept of an element that was taken and has no credit yet.
template <class Queue>
struct carried {};
template <gives_elements Queue>
struct carried<Queue> {
  std::optional<typename Queue::value_type> element;
};

/// Where nothing is gathered.
struct no_run {
  static constexpr std::size_t most = 0;
};
template <class Queue, class Encoder>
struct run_for {
  using type = no_run;
};
template <class Queue, class Encoder>
requires is_gathered<Queue, Encoder>
struct run_for<Queue, Encoder> {
  using type = gathered_run<typename Queue::value_type>;
};

template <class Queue, class Encoder>
class record_intake {
  static_assert(gives_elements<Queue> || gives_records<Queue>, "a queue or ring of elements, or of byte records");

 public:
  /// `most_bytes`: the largest record expected, where the encoder does not tell.
  record_intake(Queue& queue, Encoder&& encoder, std::size_t most_bytes)
      : queue_(queue), encoder_(std::move(encoder)), bound_(bound_of(most_bytes)) {
    if constexpr (scratch_bytes() != 0) scratch_ = std::make_unique<std::byte[]>(scratch_bytes());
  }

  /// Credit in bytes that the next record needs before it is taken. 1 where it is looked at in its place.
  [[nodiscard]] std::size_t bound() const noexcept { return bound_; }

  /// Offers up to `budget.records` records to `out`, which has credit for them and for `budget.bytes`:
  ///   put_answer put(std::span<const std::byte>) noexcept
  ///   put_answer put_run(std::span<const std::byte>, std::span<const std::uint32_t> lengths) noexcept
  /// Returns how many have left the queue.
  template <class Out>
  std::size_t take(Out&& out, intake_budget budget) noexcept {
    status_ = pop_status::empty;
    refused_ = false;
    if constexpr (gives_runs<Queue, Encoder>) {
      return take_runs(out, budget);
    } else if constexpr (is_gathered<Queue, Encoder>) {
      return take_gathered(out, budget);
    } else if constexpr (gives_elements<Queue>) {
      return take_elements(out, budget);
    } else {
      return take_records(out, budget);
    }
  }

  /// What the queue answered last: `ok`, when there may be more; `closed`, when nothing will come.
  [[nodiscard]] pop_status status() const noexcept { return status_; }
  [[nodiscard]] bool ended() const noexcept { return status_ == pop_status::closed && !carries(); }

  /// The next record was offered in vain: there is one, and it waits for more credit.
  [[nodiscard]] bool refused() const noexcept { return refused_; }
  [[nodiscard]] bool carries() const noexcept {
    if constexpr (is_gathered<Queue, Encoder>) return run_.kept != 0;
    if constexpr (gives_elements<Queue>) return carried_.element.has_value();
    return false;
  }
  /// Calls `use(std::span<const std::byte>)` on what is carried, and forgets it.
  template <class Use>
  void give_up_carried(Use&& use) {
    if constexpr (is_gathered<Queue, Encoder>) {
      const std::size_t count = std::exchange(run_.kept, 0);
      for (std::size_t i = 0; i < count; ++i) use(run_.bytes(count).subspan(i * bound_, bound_));
    } else if constexpr (gives_elements<Queue>) {
      if (!carried_.element) return;
      use(bytes_of(*carried_.element));
      carried_.element.reset();
    }
  }

  [[nodiscard]] std::size_t max_bytes() const noexcept {
    return sizeof(*this) + scratch_bytes() + run_type::most * bound_;
  }

 private:
  static constexpr std::size_t most_in_run = 512;
  using run_type = typename run_for<Queue, Encoder>::type;

  template <class Out>
  std::size_t take_elements(Out& out, intake_budget left) noexcept {
    using element = typename Queue::value_type;
    put_answer answer = put_carried(out, left);
    std::size_t taken = 0;
    while (answer == put_answer::go_on && left.records != 0 && left.bytes >= bound_) {
      status_ = queue_.try_consume([&](element&& value) noexcept { answer = put(out, std::move(value), left); });
      if (status_ != pop_status::ok) break;
      ++taken;
    }
    return taken;
  }

  template <class Out, class T>
  put_answer put(Out& out, T&& value, intake_budget& left) noexcept {
    const std::span<const std::byte> bytes = bytes_of(value);
    const put_answer answer = out.put(bytes);
    if (answer == put_answer::refused) {
      refused_ = true;
      carried_.element.emplace(std::forward<T>(value));
    } else {
      left.bytes -= std::min(left.bytes, bytes.size());
      --left.records;
    }
    return answer;
  }

  template <class Out>
  put_answer put_carried(Out& out, intake_budget& left) noexcept {
    if (!carried_.element) return put_answer::go_on;
    if (left.records == 0) {
      refused_ = true;
      return put_answer::refused;
    }
    auto value = std::move(*carried_.element);
    carried_.element.reset();
    return put(out, std::move(value), left);
  }

  /// Runs as they lie in the ring, one copy for each.
  template <class Out>
  std::size_t take_runs(Out& out, intake_budget left) noexcept {
    std::size_t taken = 0;
    for (put_answer answer = put_answer::go_on; answer == put_answer::go_on;) {
      const std::size_t most = std::min({left.records, left.bytes / bound_, most_in_run});
      if (most == 0) break;
      auto shown = queue_.try_peek(most);
      if (shown.count() == 0) {
        status_ = queue_.ended() ? pop_status::closed : pop_status::empty;
        break;
      }
      status_ = pop_status::ok;
      std::size_t put = 0;
      for (const auto run : shown.spans()) {
        if (run.empty() || answer != put_answer::go_on) continue;
        answer = out.put_run(std::as_bytes(run), std::span(lengths).first(run.size()));
        if (answer != put_answer::refused) put += run.size();
        refused_ = answer == put_answer::refused;
      }
      shown.release(put);
      taken += put;
      left.records -= put;
      left.bytes -= put * bound_;
    }
    return taken;
  }

  /// Popped into a run, which is copied at once: no more than there is credit for, so that it is refused only by who
  /// takes nothing any more.
  template <class Out>
  std::size_t take_gathered(Out& out, intake_budget left) noexcept {
    put_answer answer = put_answer::go_on;
    std::size_t count = run_.kept;
    std::size_t taken = 0;
    while (answer == put_answer::go_on) {
      const std::size_t most = std::min({left.records, left.bytes / bound_, run_type::most});
      refused_ = most < count;
      if (most == 0 || refused_) break;
      if (run_.kept == 0) count = pop_run(most);
      if (count == 0) break;
      answer = out.put_run(run_.bytes(count), std::span(lengths).first(count));
      refused_ = answer == put_answer::refused;
      taken += run_.kept == 0 ? count : 0;
      run_.kept = refused_ ? count : 0;
      left.records -= count;
      left.bytes -= count * bound_;
    }
    return taken;
  }
  std::size_t pop_run(std::size_t most) noexcept {
    const std::size_t count = queue_.try_pop_n(run_.slots(), most);
    status_ = pop_status::ok;
    if (count != 0) return count;
    using element = typename Queue::value_type;
    status_ = queue_.try_consume([&](element&& value) noexcept { *run_.slots() = std::move(value); });  // says why
    return status_ == pop_status::ok ? 1 : 0;
  }

  /// Records in place, one copy for each; one that is refused stays in the queue.
  template <class Out>
  std::size_t take_records(Out& out, intake_budget left) noexcept {
    const auto verdict_on = [&](auto record) noexcept {
      const std::span<const std::byte> bytes(record);
      switch (out.put(bytes)) {
        case put_answer::go_on: return record_verdict::go_on;
        case put_answer::stop: return record_verdict::stop;
        case put_answer::refused: refused_ = true; break;
      }
      return record_verdict::abort;
    };
    const std::size_t taken = left.records == 0 ? 0 : queue_.try_consume_n(left.records, verdict_on);
    status_ = taken != 0 ? pop_status::ok : queue_.ended() ? pop_status::closed : pop_status::empty;
    return taken;
  }

  template <class T>
  [[nodiscard]] std::span<const std::byte> bytes_of(const T& value) noexcept {
    if constexpr (viewing_encoder<Encoder, T>) {
      return encoder_(value);
    } else {
      const std::span<std::byte> room(scratch_.get(), scratch_bytes());
      return room.first(std::min(encoder_(value, room), room.size()));
    }
  }

  [[nodiscard]] static constexpr std::size_t scratch_bytes() noexcept {
    if constexpr (gives_elements<Queue>) {
      static_assert(record_encoder<Encoder, typename Queue::value_type>,
                    "the encoder must be noexcept, and answer bytes or write them (see io/record_encoder.hpp)");
      if constexpr (filling_encoder<Encoder, typename Queue::value_type>) return Encoder::max_bytes;
    }
    return 0;
  }
  [[nodiscard]] static std::size_t bound_of(std::size_t most_bytes) noexcept {
    if constexpr (scratch_bytes() != 0) return scratch_bytes();
    if constexpr (gives_elements<Queue> && std::is_same_v<Encoder, as_bytes>) {
      if constexpr (as_bytes::as_it_lies<typename Queue::value_type>) return sizeof(typename Queue::value_type);
    }
    return gives_elements<Queue> ? most_bytes : 1;
  }
  [[nodiscard]] static constexpr auto equal_lengths() noexcept {
    std::array<std::uint32_t, gives_runs<Queue, Encoder> ? most_in_run : run_type::most> all{};
    if constexpr (all.size() != 0) all.fill(sizeof(typename Queue::value_type));
    return all;
  }
  static constexpr auto lengths = equal_lengths();

  Queue& queue_;
  [[no_unique_address]] Encoder encoder_;
  std::size_t bound_;
  pop_status status_ = pop_status::empty;
  bool refused_ = false;
  [[no_unique_address]] carried<Queue> carried_;
  [[no_unique_address]] run_type run_;
  std::unique_ptr<std::byte[]> scratch_;  // where a filling encoder writes
};

}  // namespace tidegate::detail
