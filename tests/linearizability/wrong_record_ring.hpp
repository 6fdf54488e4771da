// wrong_record_ring.hpp: a locked ring of records that is wrong on purpose, in one way, to see that the checks find it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <list>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "tests/linearizability/preempted_sync.hpp"
#include "tidegate/base/status.hpp"

namespace tidegate::test {

enum class ring_defect : std::uint8_t {
  none,
  swaps_two,
  loses_one,
  tears_one,
  cuts_one_short,
  says_empty,
  says_full,
  forgets_the_padding,
  passes_a_claim,  ///< delivers what was claimed behind one that is not ended
  delivers_what_was_abandoned,
  keeps_what_was_abandoned,  ///< and never gives its room back
  closes_early,              ///< pops answer `closed` before the rest was delivered
  opens_again,               ///< a push after the close is accepted
};

/// As a byte ring with many producers, and makes its mistake at every `period`-th chance.
class wrong_record_ring {
  enum class phase : std::uint8_t { claimed, published, abandoned };
  struct record {
    std::vector<std::byte> bytes;
    std::size_t words;
    phase is = phase::claimed;
  };

 public:
  wrong_record_ring(std::size_t words, ring_defect mistake, std::size_t period)
      : capacity_(words), free_(words), mistake_(mistake), period_(period) {}

  class claim {
   public:
    claim(wrong_record_ring& owner, record* claimed, push_status status) noexcept
        : owner_(&owner), claimed_(claimed), status_(status) {}
    [[nodiscard]] push_status status() const noexcept { return status_; }
    [[nodiscard]] std::span<std::byte> bytes() const noexcept { return claimed_->bytes; }
    void publish(std::size_t used) { owner_->end(*claimed_, used, phase::published); }
    void abandon() { owner_->end(*claimed_, 0, phase::abandoned); }

   private:
    wrong_record_ring* owner_;
    record* claimed_;
    push_status status_;
  };

  claim try_claim(std::size_t bytes) {
    yield_now_and_then();
    const std::lock_guard lock(mutex_);
    const push_status status = admit(1 + (bytes + 7) / 8);
    if (status == push_status::ok) records_.back().bytes.resize(bytes);
    return {*this, status == push_status::ok ? &records_.back() : nullptr, status};
  }

  push_status try_push(std::span<const std::byte> bytes) {
    claim claimed = try_claim(bytes.size());
    if (claimed.status() != push_status::ok) return claimed.status();
    std::ranges::copy(bytes, claimed.bytes().begin());
    claimed.publish(bytes.size());
    return push_status::ok;
  }

  template <class Use>
  pop_status try_consume(Use&& use) {
    yield_now_and_then();
    const std::lock_guard lock(mutex_);
    auto next = records_.begin();
    while (next != records_.end() && next->is == phase::abandoned && !delivers(*next)) next = give_back(next);
    if (mistake_ == ring_defect::closes_early && closed_) return pop_status::closed;
    if (mistake_ == ring_defect::passes_a_claim && next != records_.end() && next->is == phase::claimed) ++next;
    if (next == records_.end()) return closed_ ? pop_status::closed : pop_status::empty;
    if (next->is == phase::claimed) return pop_status::empty;
    if (mistake_ == ring_defect::says_empty && now_and_then()) return pop_status::empty;
    if (mistake_ == ring_defect::swaps_two) swap_with_the_next(next);
    if (mistake_ == ring_defect::tears_one && now_and_then()) next->bytes.back() ^= std::byte{1};
    if (mistake_ == ring_defect::cuts_one_short && now_and_then()) next->bytes.pop_back();
    use(std::span(next->bytes));
    give_back(next);
    return pop_status::ok;
  }

  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  void rebind_consumer() noexcept {}
  [[nodiscard]] std::size_t max_record_bytes() const noexcept { return 8 * ((capacity_ + 1) / 2 - 1); }

 private:
  [[nodiscard]] bool now_and_then() noexcept { return ++chances_ % period_ == 0; }

  [[nodiscard]] push_status admit(std::size_t words) {
    if (closed_ && !(mistake_ == ring_defect::opens_again && now_and_then())) return push_status::closed;
    const std::size_t to_end = capacity_ - tail_;
    std::size_t needed = words <= to_end ? words : to_end + words;
    if (mistake_ == ring_defect::forgets_the_padding && needed != words) needed = words;
    if (needed > free_) return push_status::full;
    if (mistake_ == ring_defect::says_full && now_and_then()) return push_status::full;
    free_ -= needed;
    tail_ = ((words <= to_end ? tail_ : 0) + words) % capacity_;
    records_.push_back({{}, needed});
    return push_status::ok;
  }

  void end(record& claimed, std::size_t used, phase how) {
    yield_now_and_then();
    const std::lock_guard lock(mutex_);
    claimed.bytes.resize(used);
    claimed.is = mistake_ == ring_defect::loses_one && now_and_then() ? phase::abandoned : how;
  }

  [[nodiscard]] bool delivers(const record& abandoned) noexcept {
    return mistake_ == ring_defect::delivers_what_was_abandoned && abandoned.is == phase::abandoned;
  }

  std::list<record>::iterator give_back(std::list<record>::iterator which) {
    const bool keeps = mistake_ == ring_defect::keeps_what_was_abandoned && which->is == phase::abandoned;
    if (!keeps) free_ += which->words;
    return records_.erase(which);
  }

  void swap_with_the_next(std::list<record>::iterator first) {
    const auto second = std::next(first);
    if (second != records_.end() && second->is == phase::published && now_and_then()) first->bytes.swap(second->bytes);
  }

  std::size_t capacity_;
  std::size_t free_;
  std::size_t tail_ = 0;
  ring_defect mistake_;
  std::size_t period_;
  std::size_t chances_ = 0;
  std::mutex mutex_;
  std::list<record> records_;  // claims keep their places
  bool closed_ = false;
};

}  // namespace tidegate::test
