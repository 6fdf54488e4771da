// frozen_consumer.hpp: the consumer is stopped on its way; the producer can use every credit that was free before.
#pragma once

#include <algorithm>
#include <array>
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
class frozen_consumer final : public scenario {
  static_assert(Operation::by == role::consumer);

 public:
  explicit frozen_consumer(const queue_state& state) : state_(state), asked_(asked_in<Operation>(state)) {}

  void prepare() override {
    queue_ = make_in<Kind>(state_);
    taken_ = {};
  }

  void operate() override {
    between_marks([this]() noexcept { count_ = Operation::call(*queue_, taken_.data(), asked_); });
  }

  /// Every credit that was free, then perhaps those that the stopped thread has given back so far, then `full`, each
  /// time.
  std::string work() override {
    const std::size_t credits = state_.capacity - state_.depth;
    pushed_ = 0;
    const auto pushed = push_until_refused(*queue_, state_.depth);
    if (!pushed.fault.empty()) return pushed.fault;
    pushed_ = pushed.count;
    if (pushed.refusal != push_status::full || pushed_ < credits) {
      return text("of ", credits, " credits ", pushed_, " could be used, then ", to_string(pushed.refusal));
    }
    if (pushed_ > credits + std::min(asked_, state_.depth)) return text("pushed ", pushed_, ": too many");
    for (std::size_t i = 0; i < calls_while_stopped; ++i) {
      const push_status again = queue_->try_push(make_element<element>(0));
      if (again != push_status::full) return text("full, then ", to_string(again));
    }
    return {};
  }

  std::string conclude() override {
    const std::size_t least = std::min(asked_, state_.depth);  // perhaps more: some came meanwhile
    const std::size_t most = std::min(asked_, state_.depth + pushed_);
    if (count_ < least || count_ > most) {
      return text("the stopped call answered ", count_, " where ", least, " to ", most, " are right");
    }
    for (std::size_t i = 0; i < count_; ++i) {
      if (id_of(taken_[i]) != i) return text("the stopped call took ", id_of(taken_[i]), " where ", i, " was next");
    }
    const auto rest = pop_until_refused(*queue_, count_);
    if (!rest.fault.empty()) return "at the end: " + rest.fault;
    if (count_ + rest.count != state_.depth + pushed_) {
      return text(state_.depth, " and ", pushed_, " went in, ", count_, " and ", rest.count, " came out");
    }
    return expect_whole(*queue_, state_.capacity);
  }

 private:
  using element = typename Kind::element;

  queue_state state_;
  std::size_t asked_;
  std::unique_ptr<typename Kind::queue> queue_;
  std::array<element, batch_limit> taken_{};
  std::size_t count_ = 0;
  std::size_t pushed_ = 0;
};

}  // namespace tidegate::test
