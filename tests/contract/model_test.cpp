// A queue used by one thread agrees with a std::deque, answer by answer, whatever the order of calls.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <random>
#include <vector>

#include "gtest/gtest.h"
#include "kinds_under_test.hpp"
#include "tests/contract/kinds.hpp"

namespace tidegate::test {
namespace {

/// Random calls of every non-blocking operation, mirrored by a deque.
template <class Queue>
class walk {
 public:
  explicit walk(Queue& queue)
      : queue_(queue), random_(static_cast<unsigned>(queue.capacity())), buffer_(2 * queue.capacity() + 2) {}

  void step() {
    if (below(queue_.capacity() * 2) == 0) filling_ = !filling_;  // reaches full and empty often
    if (below(4) != 0 ? filling_ : !filling_) {
      push();
    } else {
      pop();
    }
    ASSERT_EQ(queue_.depth_hint(), model_.size());
    ASSERT_EQ(queue_.credits_hint(), room());
  }

 private:
  void push() {
    switch (below(has_claims ? 6 : 4)) {
      case 0: return push_one([this](std::uint32_t value) { return queue_.try_push(std::move(value)); });
      case 1: return push_one([this](const std::uint32_t& value) { return queue_.try_push(value); });
      case 2: return push_one([this](std::uint32_t value) { return queue_.try_emplace(value); });
      case 3: return push_many();
      default: return claim();
    }
  }

  void pop() {
    switch (below(has_claims ? 5 : 3)) {
      case 0: return pop_one([this](std::uint32_t& out) { return queue_.try_pop(out); });
      case 1:
        return pop_one([this](std::uint32_t& out) {
          return queue_.try_consume([&out](std::uint32_t&& value) noexcept { out = value; });
        });
      case 2: return pop_many();
      default: return peek();
    }
  }

  template <class Push>
  void push_one(Push&& push) {
    const push_status expected = room() == 0 ? push_status::full : push_status::ok;
    ASSERT_EQ(push(next_), expected);
    if (expected == push_status::ok) model_.push_back(next_++);
  }

  template <class Pop>
  void pop_one(Pop&& pop) {
    std::uint32_t out = 0;
    if (model_.empty()) {
      ASSERT_EQ(pop(out), pop_status::empty);
    } else {
      ASSERT_EQ(pop(out), pop_status::ok);
      ASSERT_EQ(out, model_.front());
      model_.pop_front();
    }
  }

  void push_many() {
    const std::size_t count = some();
    for (std::size_t i = 0; i < count; ++i) buffer_[i] = next_ + static_cast<std::uint32_t>(i);
    const std::size_t expected = std::min(count, room());
    ASSERT_EQ(queue_.try_push_n(buffer_.data(), count), expected);
    for (std::size_t i = 0; i < expected; ++i) model_.push_back(next_++);
  }

  void pop_many() {
    const std::size_t count = some();
    std::fill(buffer_.begin(), buffer_.end(), 0);
    const std::size_t expected = std::min(count, model_.size());
    ASSERT_EQ(queue_.try_pop_n(buffer_.data(), count), expected);
    for (std::size_t i = 0; i < expected; ++i, model_.pop_front()) ASSERT_EQ(buffer_[i], model_.front());
    ASSERT_EQ(buffer_[expected], 0U) << "wrote behind the elements";
  }

  void claim() {
    if constexpr (has_claims) {
      const std::size_t count = some();
      auto claim = queue_.try_claim(count);
      check_grant(claim.count(), std::min(count, room()));
      std::uint32_t value = next_;
      for (auto span : claim.spans()) {
        for (auto& slot : span) slot = value++;
      }
      ASSERT_EQ(value - next_, claim.count());
      if (below(4) == 0) return;  // abandoned
      const std::size_t published = below(claim.count() + 1);
      claim.publish(published);
      for (std::size_t i = 0; i < published; ++i) model_.push_back(next_++);
    }
  }

  void peek() {
    if constexpr (has_claims) {
      const std::size_t count = some();
      auto peek = queue_.try_peek(count);
      check_grant(peek.count(), std::min(count, model_.size()));
      std::size_t seen = 0;
      for (auto span : peek.spans()) {
        for (const auto value : span) ASSERT_EQ(value, model_[seen++]);
      }
      ASSERT_EQ(seen, peek.count());
      if (below(4) == 0) return;  // nothing released
      const std::size_t released = below(peek.count() + 1);
      peek.release(released);
      model_.erase(model_.begin(), model_.begin() + static_cast<std::ptrdiff_t>(released));
    }
  }

  /// Spans may be cut by cache lines, but never below half a line.
  static void check_grant(std::size_t granted, std::size_t wanted) {
    ASSERT_LE(granted, wanted);
    ASSERT_GE(granted, std::min(wanted, cache_line_bytes / 2 / sizeof(std::uint32_t)));
  }

  [[nodiscard]] std::size_t room() const { return queue_.capacity() - model_.size(); }
  [[nodiscard]] std::size_t below(std::size_t limit) { return random_() % limit; }
  [[nodiscard]] std::size_t some() { return below(below(3) == 0 ? buffer_.size() : 1 + buffer_.size() / 4); }

  static constexpr bool has_claims = requires(Queue & queue) { queue.try_claim(1); };

  Queue& queue_;
  std::mt19937 random_;
  std::vector<std::uint32_t> buffer_;
  std::deque<std::uint32_t> model_;
  std::uint32_t next_ = 1;
  bool filling_ = true;
};

template <class Kind>
class model : public testing::Test {};
TYPED_TEST_SUITE(model, under_test::one_thread_kinds, kind_names);

TYPED_TEST(model, agrees_with_a_deque) {
  using queue_type = typename TypeParam::template type<std::uint32_t>;
  for (const std::size_t bound : sizes{1, 2, 3, 4, 7, 13, 14, 15, 16, 27, 28, 29, 42, 43, 64, 100, 127}) {
    auto queue = TypeParam::template make<std::uint32_t>(at_most_countable<queue_type>(bound));
    walk steps(queue);
    for (int step = 0; step < 5000; ++step) {
      ASSERT_NO_FATAL_FAILURE(steps.step()) << "capacity " << queue.capacity() << ", step " << step;
    }
  }
}

}  // namespace
}  // namespace tidegate::test
