// frozen_producer.hpp: the producer is stopped on its way; the consumer gets every element that was inside before.
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
class frozen_producer final : public scenario {
  static_assert(Operation::by == role::producer);

 public:
  explicit frozen_producer(const queue_state& state) : state_(state), asked_(asked_in<Operation>(state)) {}

  void prepare() override {
    queue_ = make_in<Kind>(state_);
    for (std::size_t i = 0; i < asked_; ++i) given_[i] = make_element<element>(number_of(i));
  }

  void operate() override {
    between_marks([this]() noexcept { accepted_ = Operation::call(*queue_, given_.data(), asked_); });
  }

  /// Everything that was inside, then perhaps what the stopped thread has published so far, then `empty`, each time.
  std::string work() override {
    const std::size_t credits = state_.capacity - state_.depth;
    popped_ = 0;
    const auto popped = pop_until_refused(*queue_, 0);
    if (!popped.fault.empty()) return popped.fault;
    popped_ = popped.count;
    if (popped.refusal != pop_status::empty || popped_ < state_.depth) {
      return text("of ", state_.depth, " elements inside ", popped_, " came, then ", to_string(popped.refusal));
    }
    if (popped_ > state_.depth + std::min(asked_, credits)) return text("popped ", popped_, ": too many");
    element out{};
    for (std::size_t i = 0; i < calls_while_stopped; ++i) {
      const pop_status again = queue_->try_pop(out);
      if (again != pop_status::empty) return text("empty, then ", to_string(again));
    }
    return {};
  }

  std::string conclude() override {
    const std::size_t credits = state_.capacity - state_.depth;
    const std::size_t least = std::min(asked_, credits);  // perhaps more: room was made meanwhile
    const std::size_t most = std::min(asked_, state_.capacity);
    if (accepted_ < least || accepted_ > most) {
      return text("the stopped call answered ", accepted_, " where ", least, " to ", most, " are right");
    }
    for (std::size_t i = accepted_; i < asked_; ++i) {
      if (id_of(given_[i]) != number_of(i)) return text("refused, but moved from: ", number_of(i));
    }
    const auto rest = pop_until_refused(*queue_, popped_);
    if (!rest.fault.empty()) return "at the end: " + rest.fault;
    if (popped_ + rest.count != state_.depth + accepted_) {
      return text(state_.depth, " and ", accepted_, " went in, ", popped_, " and ", rest.count, " came out");
    }
    return expect_whole(*queue_, state_.capacity);
  }

 private:
  using element = typename Kind::element;

  [[nodiscard]] unsigned number_of(std::size_t i) const noexcept { return static_cast<unsigned>(state_.depth + i); }

  queue_state state_;
  std::size_t asked_;
  std::unique_ptr<typename Kind::queue> queue_;
  std::array<element, batch_limit> given_{};
  std::size_t accepted_ = 0;
  std::size_t popped_ = 0;
};

}  // namespace tidegate::test
