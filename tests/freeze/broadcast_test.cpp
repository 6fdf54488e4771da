// A thread stopped at any instruction of a call on broadcast_ring leaves the others their full rights: a stopped reader
// holds back nobody in lap mode, and in gate mode a publisher only at its own place; a stopped publisher keeps back one
// element.
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>

#include "tests/freeze/freeze_test.hpp"
#include "tests/freeze/mark.hpp"
#include "tests/freeze/scenario.hpp"
#include "tidegate/ring/broadcast_ring.hpp"

namespace tidegate::test {
namespace {

template <broadcast_mode Mode, publisher_count Publishers>
struct broadcast_kind {
  static constexpr bool is_lap = Mode == broadcast_mode::lap;
  static constexpr bool is_many = Publishers == publisher_count::many;
  using ring =
      broadcast_ring<std::uint64_t, broadcast_options{.mode = Mode, .publishers = Publishers, .check_roles = false}>;
};

enum class stopped : std::uint8_t { reader, publisher };

/// Two elements are there when a thread is stopped in its call.
template <class Kind, stopped Who>
class frozen_broadcast final : public scenario {
 public:
  void prepare() override {
    publishers_ = {};
    stopped_ = {};
    other_ = {};
    ring_ = std::make_unique<ring_type>(capacity, broadcast_rows{.readers = 3, .publishers = 2});
    stopped_ = ring_->make_reader();
    other_ = ring_->make_reader();
    if constexpr (Kind::is_many) publishers_ = {ring_->make_publisher(), ring_->make_publisher()};
    pushed_ = read_ = 0;
    for (int i = 0; i < 2; ++i) static_cast<void>(push());
  }

  void operate() override {
    between_marks([this]() noexcept {
      if constexpr (Who == stopped::reader) {
        status_ = stopped_.try_pop(out_);
      } else if constexpr (Kind::is_many) {
        static_cast<void>(publishers_[1].try_push(late));
      } else {
        static_cast<void>(ring_->try_push(late));
      }
    });
  }

  /// Pushes where it may, and reads all that is there, again and again.
  std::string work() override {
    for (unsigned i = 0; i < 10; ++i) {
      if (Who == stopped::reader || Kind::is_many) {
        const push_status pushed = push();
        const bool must_go = Kind::is_lap || pushed_ < capacity || Who == stopped::publisher;
        if (pushed != push_status::ok && must_go) return text(to_string(pushed), " though there is room");
        if (pushed == push_status::full && pushed_ != capacity && pushed_ != capacity + 1) return "falsely full";
      }
      if constexpr (Who == stopped::publisher && !Kind::is_lap) static_cast<void>(stopped_.try_pop(out_));
      pop_status status = pop_status::ok;
      while ((status = read()) == pop_status::ok) {
      }
      if (status != pop_status::empty) return text(to_string(status), " with nothing lost");
      if (read_ != pushed_) return text(read_, " of ", pushed_, " were read");
    }
    auto third = ring_->try_make_reader();
    return third ? std::string() : "a row is free";
  }

  std::string conclude() override {
    if (Who == stopped::reader && status_ == pop_status::empty) return "two were there";
    if (Who == stopped::reader && status_ == pop_status::ok && out_ != 1) return "the first was next";
    while (read() == pop_status::ok) {
    }
    return read_ == pushed_ && read_late_ == (Who == stopped::publisher) ? std::string() : "something is missing";
  }

 private:
  using ring_type = typename Kind::ring;
  static constexpr std::size_t capacity = 4;
  static constexpr std::uint64_t late = 1'000'000;

  push_status push() {
    push_status status = push_status::full;
    if constexpr (Kind::is_many) {
      status = publishers_[0].try_push(pushed_ + 1);
    } else {
      status = ring_->try_push(pushed_ + 1);
    }
    pushed_ += status == push_status::ok ? 1 : 0;
    return status;
  }
  pop_status read() {
    std::uint64_t value = 0;
    const pop_status status = other_.try_pop(value);
    if (status == pop_status::ok && value == late) read_late_ = true;
    if (status == pop_status::ok && value == read_ + 1) ++read_;
    return status;
  }

  std::unique_ptr<ring_type> ring_;
  std::array<std::conditional_t<Kind::is_many, typename ring_type::publisher, int>, 2> publishers_{};
  typename ring_type::reader stopped_;
  typename ring_type::reader other_;
  std::uint64_t pushed_ = 0;
  std::uint64_t read_ = 0;
  bool read_late_ = false;
  std::uint64_t out_ = 0;
  pop_status status_ = pop_status::ok;
};

template <class Kind>
class broadcast_freeze : public freeze_test {
 protected:
  template <stopped Who>
  static void expect_no_block(const char* operation) {
    frozen_broadcast<Kind, Who> played;
    const census found = freeze_everywhere(played, long_enough);
    ASSERT_EQ(found.blocked(), 0U) << found;
    ASSERT_TRUE(found.broken.empty()) << found;
    EXPECT_GE(found.points, 8U);
    print(Kind::is_lap ? "lap" : "gate", operation, found);
  }
};
using kinds_of_broadcast = testing::Types<broadcast_kind<broadcast_mode::lap, publisher_count::one>,
                                          broadcast_kind<broadcast_mode::lap, publisher_count::many>,
                                          broadcast_kind<broadcast_mode::gate, publisher_count::one>,
                                          broadcast_kind<broadcast_mode::gate, publisher_count::many>>;
TYPED_TEST_SUITE(broadcast_freeze, kinds_of_broadcast);

TYPED_TEST(broadcast_freeze, in_try_pop) { this->template expect_no_block<stopped::reader>("try_pop"); }
TYPED_TEST(broadcast_freeze, in_try_push) { this->template expect_no_block<stopped::publisher>("try_push"); }

}  // namespace
}  // namespace tidegate::test
