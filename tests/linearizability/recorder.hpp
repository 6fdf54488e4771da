// recorder.hpp: what one real thread does to a queue, with the interval of each call. One recorder a thread.
//
// Memory is reserved before, so that recording allocates nothing as long as it suffices. Refusals have no effect, so
// that leaving some out is harmless: only the first `most_refusals` are kept, or a thread that polls would record
// nothing else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "tests/linearizability/history.hpp"
#include "tests/linearizability/stamps.hpp"
#include "tidegate/base/status.hpp"

namespace tidegate::test {

class recorder {
 public:
  recorder(std::size_t thread, std::size_t operations, std::size_t most_refusals)
      : thread_(thread), refusals_left_(most_refusals) {
    operations_.reserve(operations + most_refusals);
  }

  /// Records `call()`, which pushes `value` and returns a push_status.
  template <class Call>
  push_status push(std::uint64_t value, Call&& call) {
    const std::uint64_t invoked = stamp_before();
    const push_status status = std::forward<Call>(call)();
    add(operation::push(thread_, value, status), invoked, stamp_after());
    return status;
  }

  /// Records `call(out)`, which pops into `out` and returns a pop_status.
  template <class Call>
  pop_status pop(Call&& call) {
    std::uint64_t out = 0;
    const std::uint64_t invoked = stamp_before();
    const pop_status status = std::forward<Call>(call)(out);
    add(operation::pop(thread_, status, out), invoked, stamp_after());
    return status;
  }

  /// Records `call()`, which closes.
  template <class Call>
  void close(Call&& call) {
    const std::uint64_t invoked = stamp_before();
    std::forward<Call>(call)();
    add(operation::close(thread_), invoked, stamp_after());
  }

  /// Records a call that pushed these values, and began at `invoked`; it ends now. None: it answered `otherwise`.
  void pushed(std::uint64_t invoked, std::span<const std::uint64_t> values, push_status otherwise) {
    const std::uint64_t returned = stamp_after();
    ++call_;
    for (const std::uint64_t value : values)
      add(operation::push(thread_, value, push_status::ok), invoked, returned, call_);
    if (values.empty()) add(operation::push(thread_, 0, otherwise), invoked, returned);
  }

  /// Records a call that popped these values, in the same way.
  void popped(std::uint64_t invoked, std::span<const std::uint64_t> values, pop_status otherwise) {
    const std::uint64_t returned = stamp_after();
    ++call_;
    for (const std::uint64_t value : values)
      add(operation::pop(thread_, pop_status::ok, value), invoked, returned, call_);
    if (values.empty()) add(operation::pop(thread_, otherwise), invoked, returned);
  }

  [[nodiscard]] std::span<const timed_operation> operations() const noexcept { return operations_; }

 private:
  void add(operation op, std::uint64_t invoked, std::uint64_t returned, std::uint32_t call = 0) {
    if (is_refusal(op) && refusals_left_ == 0) return;
    if (is_refusal(op)) --refusals_left_;
    op.call = call;
    operations_.push_back({op, invoked, returned});
  }

  std::size_t thread_;
  std::size_t refusals_left_;
  std::uint32_t call_ = 0;  // of the last call that may move several elements
  std::vector<timed_operation> operations_;
};

/// What several threads did, thread after thread.
[[nodiscard]] inline std::vector<timed_operation> all_of(std::span<const recorder> recorders) {
  std::vector<timed_operation> all;
  for (const recorder& one : recorders) all.insert(all.end(), one.operations().begin(), one.operations().end());
  return all;
}

}  // namespace tidegate::test
