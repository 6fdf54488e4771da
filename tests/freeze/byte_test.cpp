// A thread stopped at any instruction of a call on a byte ring. With one producer the other side keeps its full rights.
// With many, what was claimed before the stopped call is delivered, and the room that it did not claim is everybody's;
// only what was claimed behind it waits.
#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "tests/freeze/freeze_test.hpp"
#include "tests/freeze/mark.hpp"
#include "tests/freeze/scenario.hpp"
#include "tidegate/base/sync.hpp"
#include "tidegate/ring/mpsc_byte_ring.hpp"

namespace tidegate::test {
namespace {

constexpr std::size_t capacity = 160;
constexpr std::array<std::byte, 16> memory{};
constexpr std::size_t inside = 2;  // records of 24 bytes before the call
constexpr std::size_t beside = 2;  // that are pushed while it is stopped: there is room for them and the call's own

struct push_by_copy {
  static constexpr bool produces = true;
  template <class Ring>
  static bool call(Ring& ring) noexcept {
    return ring.try_push(memory) == push_status::ok;
  }
};
struct push_in_place {
  static constexpr bool produces = true;
  template <class Ring>
  static bool call(Ring& ring) noexcept {
    auto claim = ring.try_claim(memory.size());
    if (!claim) return false;
    claim.bytes()[0] = std::byte{1};
    claim.publish();
    return true;
  }
};
struct take_one {
  static constexpr bool produces = false;
  template <class Ring>
  static bool call(Ring& ring) noexcept {
    return ring.try_consume([](std::span<std::byte>) noexcept {}) == pop_status::ok;
  }
};
struct take_many {
  static constexpr bool produces = false;
  template <class Ring>
  static bool call(Ring& ring) noexcept {
    return ring.try_consume_n(1, [](std::span<std::byte>) noexcept {}) == 1;
  }
};

/// `start`: words that the ring was moved on before, so that the calls meet its end, or do not.
template <class Ring, class Operation, bool ManyProducers>
class frozen_byte_call final : public scenario {
 public:
  explicit frozen_byte_call(std::size_t start) : start_(start) {}

  void prepare() override {
    static_cast<void>(native_sync::this_thread());  // the first question of a thread locks
    ring_.emplace(capacity);
    for (std::size_t i = 0; i < start_; ++i) {
      static_cast<void>(ring_->try_push({}));
      static_cast<void>(take_one::call(*ring_));
    }
    went_in_ = came_out_ = 0;
    for (std::size_t i = 0; i < inside; ++i) went_in_ += push_by_copy::call(*ring_);
  }

  void operate() override {
    between_marks([this]() noexcept { done_ = Operation::call(*ring_); });
  }

  std::string work() override {
    if (!Operation::produces || ManyProducers) {
      for (std::size_t i = 0; i < beside; ++i) {
        if (!push_by_copy::call(*ring_)) return "a push is refused, and there is room";
        ++went_in_;
      }
    }
    if (!Operation::produces) return {};
    for (std::size_t i = 0; i < inside; ++i) {
      if (!take_one::call(*ring_)) return "a record from before the call is not delivered";
      ++came_out_;
    }
    while (take_one::call(*ring_)) ++came_out_;
    return {};
  }

  std::string conclude() override {
    if (!done_) return "the stopped call has a wrong answer";
    (Operation::produces ? went_in_ : came_out_) += 1;
    while (take_one::call(*ring_)) ++came_out_;
    if (went_in_ != came_out_) return text(went_in_, " went in, ", came_out_, " came out");
    if (ring_->depth_hint() != 0) return "room is lost";
    const byte_counts all = ring_->counts_hint();
    return all.claimed == all.record_room + all.padding_room ? "" : "room is not accounted for";
  }

 private:
  std::size_t start_;
  std::optional<Ring> ring_;
  bool done_ = false;
  std::size_t went_in_ = 0;
  std::size_t came_out_ = 0;
};

class byte_freeze : public freeze_test {
 protected:
  template <class Ring, class Operation, bool ManyProducers>
  static void expect_no_block(const char* kind, const char* operation) {
    census all;
    for (const std::size_t start : {std::size_t{0}, std::size_t{12}, std::size_t{15}}) {
      frozen_byte_call<Ring, Operation, ManyProducers> played(start);
      const census found = freeze_everywhere(played, long_enough);
      ASSERT_EQ(found.blocked(), 0U) << found;
      ASSERT_TRUE(found.broken.empty()) << found;
      EXPECT_GE(found.points, 8U);
      all += found;
    }
    print(kind, operation, all);
  }
  template <class Operation>
  static void expect_no_block_in_either(const char* operation) {
    expect_no_block<byte_ring<>, Operation, false>("byte_ring", operation);
    expect_no_block<mpsc_byte_ring<>, Operation, true>("mpsc_byte_ring", operation);
  }
};

TEST_F(byte_freeze, in_try_push) { expect_no_block_in_either<push_by_copy>("try_push"); }
TEST_F(byte_freeze, in_claim_and_publish) { expect_no_block_in_either<push_in_place>("claim and publish"); }
TEST_F(byte_freeze, in_try_consume) { expect_no_block_in_either<take_one>("try_consume"); }
TEST_F(byte_freeze, in_try_consume_n) { expect_no_block_in_either<take_many>("try_consume_n"); }

}  // namespace
}  // namespace tidegate::test
