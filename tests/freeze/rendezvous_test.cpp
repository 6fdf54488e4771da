// A thread stopped at any instruction of a try call or a close of rendezvous costs at most its own exchange: the calls
// of others end, and none meets it twice.
#include "tidegate/queue/rendezvous.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "tests/freeze/freeze_test.hpp"
#include "tests/freeze/mark.hpp"
#include "tests/freeze/scenario.hpp"

namespace tidegate::test {
namespace {

enum class frozen_meeting_call : std::uint8_t { try_push, try_pop, close };

/// The other thread tries both sides by turns, and meets the stopped one, once at most.
class frozen_meeting final : public scenario {
 public:
  explicit frozen_meeting(frozen_meeting_call call) : call_(call) {}

  void prepare() override {
    place_.emplace();
    taken_ = 0;
    received_ = 0;
  }

  void operate() override {
    auto& place = *place_;
    switch (call_) {
      case frozen_meeting_call::try_push:
        return between_marks([&]() noexcept { pushed_ = place.try_push(std::uint64_t{members_number}); });
      case frozen_meeting_call::try_pop: return between_marks([&]() noexcept { popped_ = place.try_pop(taken_); });
      case frozen_meeting_call::close: return between_marks([&]() noexcept { place.close(); });
    }
  }

  /// All tries of this thread come to an end; what the stopped one offers can be taken, once, and what it asks for can
  /// be given to it, once.
  std::string work() override {
    unsigned met = 0;
    for (unsigned i = 0; i < 200; ++i) {
      std::uint64_t out = 0;
      const push_status push = place_->try_push(std::uint64_t{i + 1});
      const pop_status pop = place_->try_pop(out);
      if (pop == pop_status::ok && (out != members_number || call_ != frozen_meeting_call::try_push)) {
        return text("received ", out, ", which nobody offers");
      }
      if (push == push_status::ok) received_ = i + 1;
      if (push == push_status::ok && call_ != frozen_meeting_call::try_pop) return "given to nobody";
      met += (push == push_status::ok ? 1U : 0U) + (pop == pop_status::ok ? 1U : 0U);
      const bool open = push == push_status::full && pop == pop_status::empty;
      if (met == 0 && !open && call_ != frozen_meeting_call::close) return text(to_string(push), " ", to_string(pop));
    }
    met_ = met;
    return met <= 1 ? "" : text("met ", met, " times with one call");
  }

  std::string conclude() override {
    if (call_ == frozen_meeting_call::try_push && (pushed_ == push_status::ok) != (met_ == 1)) return "not received";
    if (call_ == frozen_meeting_call::try_pop && (popped_ == pop_status::ok) != (met_ == 1)) return "not given";
    if (call_ == frozen_meeting_call::try_pop && met_ == 1 && taken_ != received_) return text("took ", taken_);
    std::uint64_t out = 0;
    const bool closed = call_ == frozen_meeting_call::close;
    const pop_status nothing = place_->try_pop(out);
    if (nothing != (closed ? pop_status::closed : pop_status::empty)) return "somebody is left";
    return closed || (!place_->pop_ready() && !place_->push_ready()) ? "" : "a seat is left open";
  }

 private:
  static constexpr std::uint64_t members_number = 10'000;

  frozen_meeting_call call_;
  std::optional<rendezvous<std::uint64_t, rendezvous_options{.producers = 3, .consumers = 3}>> place_;
  push_status pushed_{};
  pop_status popped_{};
  std::uint64_t taken_ = 0;
  std::uint64_t received_ = 0;
  unsigned met_ = 0;
};

class rendezvous_freeze : public freeze_test {
 protected:
  static void expect_no_block(const char* name, frozen_meeting_call call, std::size_t least_points) {
    frozen_meeting played(call);
    const census found = freeze_everywhere(played, long_enough);
    ASSERT_EQ(found.blocked(), 0U) << found;
    ASSERT_TRUE(found.broken.empty()) << found;
    EXPECT_GE(found.points, least_points);
    print("rendezvous", name, found);
  }
};

TEST_F(rendezvous_freeze, try_push) { expect_no_block("try_push", frozen_meeting_call::try_push, 12); }
TEST_F(rendezvous_freeze, try_pop) { expect_no_block("try_pop", frozen_meeting_call::try_pop, 12); }
TEST_F(rendezvous_freeze, close) { expect_no_block("close", frozen_meeting_call::close, 8); }

}  // namespace
}  // namespace tidegate::test
