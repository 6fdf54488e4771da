// frozen_member.hpp: one of several threads of a side is stopped; another thread pushes and pops, with the whole
// capacity and exact answers, as if the stopped one were not there.
//
// The stopped call happens or it does not, perhaps late: when others help. It costs at most its own element, or the one
// that it takes; never a place in the ring.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>

#include "tests/freeze/exchange_kinds.hpp"
#include "tests/freeze/mark.hpp"
#include "tests/freeze/numbered.hpp"
#include "tests/freeze/operations.hpp"
#include "tests/freeze/scenario.hpp"

namespace tidegate::test {

template <class Kind, class Operation>
class frozen_member final : public scenario {
  static_assert(Operation::by != role::bystander && !Operation::batch);

 public:
  explicit frozen_member(const queue_state& state) : state_(state) {}

  void prepare() override {
    calls_ = {};
    queue_ = make_in<Kind>(state_);
    calls_ = Kind::template calls_of<Operation::by>(*queue_);
    own_ = {make_element<element>(members_number), make_element<element>(nobodys_number)};
    next_in_ = state_.depth;
    next_out_ = 0;
    entered_ = missing_ = 0;
  }

  void operate() override {
    auto& calls = *calls_;
    between_marks([&]() noexcept { count_ = Operation::call(calls, own_.data(), 1); });
  }

  /// Fills the ring and drains it, again and again.
  std::string work() override {
    std::string fault;
    std::size_t inside = state_.depth;
    for (std::size_t calls = 0; fault.empty() && calls < calls_while_stopped; calls += 2 * state_.capacity + 2) {
      fault = one_round(inside);
      inside = 0;
    }
    if (!fault.empty()) return fault;
    if (entered_ > (Operation::by == role::producer ? 1 : 0)) return text(entered_, " elements of the stopped thread");
    if (missing_ > (takes ? 1 : 0)) return text(missing_, " elements are missing");
    return moved_ == 0 ? "" : "the stopped call had its effect in the last round only";
  }

  std::string conclude() override {
    if (count_ > 1) return "the stopped call has a wrong answer";
    std::size_t left = 0;
    element out{};
    for (; queue_->try_pop(out) == pop_status::ok; ++left) {
      if (id_of(out) != members_number) return text(id_of(out), " was left");
    }
    if (Operation::by == role::producer) {
      if (entered_ + left != count_) return text("accepted ", count_, ", and ", entered_ + left, " came out");
      if (count_ == 0 && id_of(own_[0]) != members_number) return "refused, but moved from";
    } else if (missing_ != count_) {
      return text("took ", count_, ", and ", missing_, " are missing");
    }
    if (missing_ == 1 && id_of(own_[Operation::by == role::producer ? 1 : 0]) != missing_number_) {
      return text("the stopped call took another one than ", missing_number_);
    }
    return expect_whole(*queue_, state_.capacity);
  }

 private:
  using element = typename Kind::element;
  static constexpr unsigned members_number = 60'000;
  static constexpr unsigned nobodys_number = 61'000;
  static constexpr bool takes = Operation::by == role::consumer || std::is_same_v<Operation, push_evict>;

  /// With `inside` elements before: pushes until `full`, pops until `empty`, and counts.
  [[nodiscard]] std::string one_round(std::size_t inside) {
    const auto pushed = push_until_refused(*queue_, next_in_);
    if (!pushed.fault.empty()) return pushed.fault;
    if (pushed.refusal != push_status::full) return text("pushed ", pushed.count, ", then ", to_string(pushed.refusal));
    if (queue_->try_push(make_element<element>(nobodys_number)) != push_status::full) return "full, then not full";
    next_in_ += pushed.count;
    const std::size_t entered_before = entered_;
    const std::size_t missing_before = missing_;
    std::size_t popped = 0;
    element out{};
    pop_status refusal{};
    for (; (refusal = queue_->try_pop(out)) == pop_status::ok; ++popped) account(id_of(out));
    if (refusal != pop_status::empty) return text("popped ", popped, ", then ", to_string(refusal));
    if (queue_->try_pop(out) != pop_status::empty) return "empty, then not empty";
    account_missing(next_in_);
    const std::size_t entered = entered_ - entered_before;
    const std::size_t missing = missing_ - missing_before;
    moved_ = entered + missing;
    if (disorder_) return "out of order";
    if (inside + pushed.count + entered != popped + missing) return text("pushed ", pushed.count, ", popped ", popped);
    const std::size_t fitted = inside + pushed.count;
    if (fitted + entered < state_.capacity || fitted > state_.capacity + missing) {
      return text("full with ", fitted, " of ", state_.capacity);
    }
    return {};
  }

  void account(std::size_t id) {
    if (id == members_number) {
      ++entered_;
      return;
    }
    disorder_ = disorder_ || id < next_out_ || id >= next_in_;
    account_missing(id);
    next_out_ = id + 1;
  }

  /// All up to `id` should have come.
  void account_missing(std::size_t id) {
    if (next_out_ < id) missing_number_ = static_cast<unsigned>(next_out_);
    missing_ += id > next_out_ ? id - next_out_ : 0;
    next_out_ = id;
  }

  queue_state state_;
  std::unique_ptr<typename Kind::queue> queue_;
  decltype(Kind::template calls_of<Operation::by>(*queue_)) calls_{};
  std::array<element, 2> own_{};
  std::size_t count_ = 0;
  std::size_t next_in_ = 0;   // number of the next element that goes in
  std::size_t next_out_ = 0;  // and of the next that should come out
  std::size_t entered_ = 0;   // elements of the stopped call that came out
  std::size_t missing_ = 0;   // elements that the stopped call took
  std::size_t moved_ = 0;     // both, in the last round
  unsigned missing_number_ = 0;
  bool disorder_ = false;
};

}  // namespace tidegate::test
