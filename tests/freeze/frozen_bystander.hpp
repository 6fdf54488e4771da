// frozen_bystander.hpp: a third thread is stopped in a call of its own; producer and consumer do not notice.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "tests/freeze/kinds.hpp"
#include "tests/freeze/mark.hpp"
#include "tests/freeze/numbered.hpp"
#include "tests/freeze/operations.hpp"
#include "tests/freeze/scenario.hpp"

namespace tidegate::test {

template <class Kind, class Operation>
class frozen_bystander final : public scenario {
  static_assert(Operation::by == role::bystander);

 public:
  explicit frozen_bystander(const queue_state& state) : state_(state) {}

  void prepare() override { queue_ = make_in<Kind>(state_); }

  void operate() override {
    between_marks([this]() noexcept { answer_ = Operation::call(*queue_); });
  }

  /// Both roles: drains and fills the queue again and again, with every element and every credit. A close() may have
  /// taken effect, or not, or be helped to its effect once.
  std::string work() override {
    std::size_t next_in = state_.depth;
    std::size_t next_out = 0;
    bool refused_as_closed = false;
    for (std::size_t calls = 0; calls < calls_while_stopped;) {
      const auto pushed = push_until_refused(*queue_, next_in);
      if (!pushed.fault.empty()) return pushed.fault;
      next_in += pushed.count;
      const bool closed = pushed.refusal == push_status::closed;
      if (closed && !Operation::closes) return "closed, but nobody closes";
      if (refused_as_closed && !closed) return "closed, and open again";
      refused_as_closed = closed;
      if (!closed && (pushed.refusal != push_status::full || next_in - next_out != state_.capacity)) {
        return text(to_string(pushed.refusal), " with ", next_in - next_out, " of ", state_.capacity, " inside");
      }
      const auto popped = pop_until_refused(*queue_, next_out);
      if (!popped.fault.empty()) return popped.fault;
      next_out += popped.count;
      if (popped.refusal != (closed ? pop_status::closed : pop_status::empty) || next_in != next_out) {
        return text(to_string(popped.refusal), " with ", next_in - next_out, " inside");
      }
      calls += pushed.count + popped.count + 2;
    }
    return {};
  }

  /// work() has left nothing inside.
  std::string conclude() override {
    if (answer_ > state_.capacity) return text("depth ", answer_, " of ", state_.capacity);
    if (!Operation::closes) return expect_whole(*queue_, state_.capacity);
    const auto pushed = push_until_refused(*queue_, 0);
    if (pushed.count != 0 || pushed.refusal != push_status::closed) {
      return text("after close() a push answered ", to_string(pushed.refusal));
    }
    const auto popped = pop_until_refused(*queue_, 0);
    if (popped.count != 0 || popped.refusal != pop_status::closed) {
      return text("after close() a pop answered ", to_string(popped.refusal));
    }
    return {};
  }

 private:
  queue_state state_;
  std::unique_ptr<typename Kind::queue> queue_;
  std::size_t answer_ = 0;
};

}  // namespace tidegate::test
