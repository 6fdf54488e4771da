// frozen_rival.hpp: one of several producers or consumers is stopped; another thread gets back all that it puts in.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/freeze/kinds.hpp"
#include "tests/freeze/mark.hpp"
#include "tests/freeze/numbered.hpp"
#include "tests/freeze/operations.hpp"
#include "tests/freeze/scenario.hpp"

namespace tidegate::test {

/// The state must leave room for two.
template <class Kind, class Operation>
class frozen_rival final : public scenario {
  static_assert(Operation::by != role::bystander && !Operation::batch);

 public:
  explicit frozen_rival(const queue_state& state) : state_(state) {}

  void prepare() override {
    queue_ = make_in<Kind>(state_);
    rivals_ = {rivals_number};
    went_in_.clear();
    came_out_.clear();
    for (unsigned id = 0; id < state_.depth; ++id) went_in_.push_back(id);
  }

  void operate() override {
    between_marks([this]() noexcept { count_ = Operation::call(*queue_, rivals_.data(), 1); });
  }

  /// Puts one element in and takes elements out until it comes, again and again.
  std::string work() override {
    for (std::size_t i = 0; i < calls_while_stopped; ++i) {
      const std::uint64_t own = rivals_number + 1 + i;
      const push_status pushed = queue_->try_push(std::uint64_t{own});
      if (pushed != push_status::ok) return text(to_string(pushed), " with room for two");
      went_in_.push_back(own);
      for (std::uint64_t out = 0; out != own; came_out_.push_back(out)) {
        const pop_status popped = queue_->try_pop(out);
        if (popped != pop_status::ok) return text(to_string(popped), " with an element inside");
      }
    }
    return {};
  }

  std::string conclude() override {
    if (count_ > 1) return "the stopped call has a wrong answer";
    if (count_ == 1) (Operation::by == role::producer ? went_in_ : came_out_).push_back(rivals_[0]);
    std::uint64_t out = 0;
    while (queue_->try_pop(out) == pop_status::ok) came_out_.push_back(out);
    std::sort(went_in_.begin(), went_in_.end());
    std::sort(came_out_.begin(), came_out_.end());
    if (went_in_ != came_out_) return text(went_in_.size(), " went in, ", came_out_.size(), " or others came out");
    return expect_whole(*queue_, state_.capacity);
  }

 private:
  static constexpr std::uint64_t rivals_number = 10'000;

  queue_state state_;
  std::unique_ptr<typename Kind::queue> queue_;
  std::array<std::uint64_t, 1> rivals_{};
  std::size_t count_ = 0;
  std::vector<std::uint64_t> went_in_;
  std::vector<std::uint64_t> came_out_;
};

}  // namespace tidegate::test
