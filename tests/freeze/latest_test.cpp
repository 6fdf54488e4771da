// A producer or a consumer of latest, stopped at any instruction of any call, leaves the other one its full rights; so
// does whoever closes.
#include "tidegate/ring/latest.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "tests/freeze/freeze_test.hpp"
#include "tests/freeze/mark.hpp"
#include "tests/freeze/numbered.hpp"
#include "tests/freeze/scenario.hpp"

namespace tidegate::test {
namespace {

/// How the stopped call finds the place.
struct latest_state {
  const char* name;
  std::uint64_t pushed;  // values 1 to this were pushed
  bool taken = false;    // the newest of them was taken, and is kept
};
constexpr latest_state states[] = {{"untouched", 0}, {"fresh", 3}, {"taken", 3, true}};

enum class frozen_call : std::uint8_t { push, hold, pop, close };

/// One call is stopped; the other threads push, take and close meanwhile.
class frozen_latest final : public scenario {
 public:
  frozen_latest(const latest_state& state, frozen_call call) : state_(state), call_(call) {}

  void prepare() override {
    place_.emplace();
    given_ = 100;
    got_ = 0;
    for (std::uint64_t id = 1; id <= state_.pushed; ++id) static_cast<void>(place_->try_push(std::uint64_t{id}));
    if (state_.taken) static_cast<void>(place_->try_hold());
    last_ = state_.taken ? state_.pushed : 0;
  }

  void operate() override {
    latest<std::uint64_t>& place = *place_;
    switch (call_) {
      case frozen_call::push: return between_marks([&]() noexcept { pushed_ = place.try_push(std::uint64_t{given_}); });
      case frozen_call::hold: return between_marks([&]() noexcept { popped_ = place.try_hold(); });
      case frozen_call::pop: return between_marks([&]() noexcept { popped_ = place.try_pop(got_); });
      case frozen_call::close: return between_marks([&]() noexcept { place.close(); });
    }
  }

  std::string work() override {
    std::string fault = call_ == frozen_call::push ? consume() : produce();
    if (fault.empty() && call_ == frozen_call::close) fault = consume();
    if (!fault.empty() || call_ == frozen_call::close) return fault;
    place_->close();
    return place_->closed() ? "" : "closed, and does not say so";
  }

  std::string conclude() override {
    if (call_ == frozen_call::push) {
      if (pushed_ != push_status::closed && !accepted(pushed_)) return text("a push answered ", to_string(pushed_));
      const std::string fault = consume();
      if (!fault.empty()) return fault;
      if (accepted(pushed_) != (last_ == 100)) return text(to_string(pushed_), ", and the last value was ", last_);
    } else if (call_ != frozen_call::close) {
      if (popped_ == pop_status::ok) {
        const std::uint64_t value = call_ == frozen_call::hold ? *place_->held() : got_;
        if (value != last_ + place_->skipped() + 1) return text("took ", value, " and skipped ", place_->skipped());
        last_ = value;
      }
      const std::string fault = consume();
      if (!fault.empty()) return fault;
      if (last_ != newest_) return text("the newest was ", newest_, " and the last ", last_);
    }
    if (place_->try_push(std::uint64_t{1}) != push_status::closed || !place_->ended()) return "it is not closed";
    return place_->pushed_hint() == place_->popped_hint() + place_->evicted_hint() ? "" : "a value is unaccounted for";
  }

 private:
  /// Pushes are accepted, each replacing the one before, until whoever is stopped has closed.
  std::string produce() {
    newest_ = state_.pushed;
    for (std::size_t i = 0; i < calls_while_stopped; ++i) {
      const push_status status = place_->try_push(newest_ + 1);
      if (status == push_status::closed && call_ == frozen_call::close) return {};
      if (!accepted(status)) return text("a push answered ", to_string(status));
      if (i > 1 && status != push_status::evicted) return text("nobody takes anything, and a push answered ok");
      ++newest_;
    }
    return {};
  }

  /// Takes what is there: in order, and skipped values are counted; then nothing is there, each time.
  std::string consume() {
    std::size_t taken = 0;
    for (std::size_t i = 0; i < calls_while_stopped; ++i) {
      const pop_status status = place_->try_hold();
      if (status == pop_status::empty || status == pop_status::closed) continue;
      if (status != pop_status::ok || ++taken > 2) return text("a pop answered ", to_string(status), " again");
      const std::uint64_t value = *place_->held();
      const bool follows = value == last_ + place_->skipped() + 1 || value == 100;
      if (!follows) return text("took ", value, " after ", last_, " and skipped ", place_->skipped());
      last_ = value;
    }
    return {};
  }

  latest_state state_;
  frozen_call call_;
  std::optional<latest<std::uint64_t>> place_;
  push_status pushed_{};
  pop_status popped_{};
  std::uint64_t given_ = 0;
  std::uint64_t got_ = 0;
  std::uint64_t last_ = 0;
  std::uint64_t newest_ = 0;
};

class latest_freeze : public freeze_test {
 protected:
  static void expect_no_block(const char* name, frozen_call call, std::size_t least_points) {
    census all;
    for (const latest_state& state : states) {
      SCOPED_TRACE(state.name);
      frozen_latest played(state, call);
      const census found = freeze_everywhere(played, long_enough);
      ASSERT_EQ(found.blocked(), 0U) << found;
      ASSERT_TRUE(found.broken.empty()) << found;
      EXPECT_GE(found.points, least_points);
      all += found;
    }
    print("latest", name, all);
  }
};

TEST_F(latest_freeze, try_push) { expect_no_block("try_push", frozen_call::push, 12); }
TEST_F(latest_freeze, try_hold) { expect_no_block("try_hold", frozen_call::hold, 6); }
TEST_F(latest_freeze, try_pop) { expect_no_block("try_pop", frozen_call::pop, 6); }
TEST_F(latest_freeze, close) { expect_no_block("close", frozen_call::close, 3); }

}  // namespace
}  // namespace tidegate::test
