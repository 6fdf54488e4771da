// claim.hpp: working on slots in place, without a copy: claim → construct → publish | abandon, and peek → release.
//
// Guards of spsc_ring, each used on the thread of its side and before any other operation of that side. Dropping a
// claim abandons it: elements constructed in it are destroyed and nothing is published. Dropping a peek changes
// nothing.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <utility>

#include "tidegate/base/config.hpp"
#include "tidegate/base/element.hpp"
#include "tidegate/ring/detail/cell_spans.hpp"

namespace tidegate {

/// Free slots of a ring, granted to the producer. Obtained from try_claim(); move-only.
template <class T, class Lane>
class claim {
 public:
  claim(Lane& lane, detail::cell_spans<typename Lane::cell> slots) noexcept : lane_(&lane), slots_(slots) {}
  claim(claim&& other) noexcept
      : lane_(std::exchange(other.lane_, nullptr)),
        slots_(std::exchange(other.slots_, {})),
        constructed_(std::exchange(other.constructed_, 0)) {}
  claim& operator=(claim&&) = delete;
  ~claim() { abandon(); }

  /// How many slots were granted: 0 when the ring was full or closed, at most what was asked for.
  [[nodiscard]] std::size_t count() const noexcept { return slots_.count(); }
  explicit operator bool() const noexcept { return count() != 0; }

  /// The slots as memory to write elements into, in order. Plain elements only: no constructor has run there.
  [[nodiscard]] std::array<std::span<T>, 2> spans() const noexcept requires plain_element<T> {
    return {std::span<T>(Lane::cell::elements(slots_.first), slots_.first_count),
            std::span<T>(Lane::cell::elements(slots_.second), slots_.second_count)};
  }

  /// Constructs the next element in its slot. There must be one left, and construction must not throw.
  template <class... Args>
  void emplace(Args&&... args) noexcept {
    if (constructed_ >= count()) abort_with("claim: emplace beyond the granted slots");
    slots_[constructed_++].construct(std::forward<Args>(args)...);
  }

  /// Publishes the first `published` slots with their elements; the rest is abandoned. Ends the claim. Also after the
  /// ring was closed: a consumer that was told `closed` before leaves them to the ring's destructor.
  /// Elements that are not plain must have been constructed with emplace().
  void publish(std::size_t published) noexcept {
    const std::size_t ready = plain_element<T> ? count() : constructed_;
    if (published > ready) abort_with("claim: publish of more elements than were granted and constructed");
    destroy_from(published);
    if (published != 0) lane_->publish(published);
    end();
  }

  /// Gives every slot back. Ends the claim.
  void abandon() noexcept {
    destroy_from(0);
    end();
  }

 private:
  void destroy_from(std::size_t first) noexcept {
    if constexpr (!plain_element<T>) {
      for (std::size_t i = first; i < constructed_; ++i) slots_[i].destroy();
    }
  }
  void end() noexcept {
    slots_ = {};
    constructed_ = 0;
  }

  Lane* lane_;
  detail::cell_spans<typename Lane::cell> slots_;
  std::size_t constructed_ = 0;
};

/// The oldest elements of a ring, shown to the consumer in place. Obtained from try_peek(); move-only.
template <class T, class Lane>
class peek {
 public:
  peek(Lane& lane, detail::cell_spans<typename Lane::cell> slots) noexcept : lane_(&lane), slots_(slots) {}
  peek(peek&& other) noexcept : lane_(std::exchange(other.lane_, nullptr)), slots_(std::exchange(other.slots_, {})) {}
  peek& operator=(peek&&) = delete;
  ~peek() = default;

  /// How many elements are shown: 0 when the ring was empty.
  [[nodiscard]] std::size_t count() const noexcept { return slots_.count(); }
  explicit operator bool() const noexcept { return count() != 0; }

  /// The i-th oldest element, of count(). It may be read, changed and moved from.
  [[nodiscard]] T& operator[](std::size_t i) const noexcept {
    if (i >= count()) abort_with("peek: look beyond the elements that are shown");
    return slots_[i].get();
  }

  /// The elements, oldest first, as memory. They may be read, changed and moved from.
  [[nodiscard]] std::array<std::span<T>, 2> spans() const noexcept {
    return {std::span<T>(Lane::cell::elements(slots_.first), slots_.first_count),
            std::span<T>(Lane::cell::elements(slots_.second), slots_.second_count)};
  }

  /// Destroys the first `released` elements and frees their slots; the rest stays in the ring. Ends the peek.
  void release(std::size_t released) noexcept {
    if (released > count()) abort_with("peek: release of more elements than were shown");
    if (released != 0) lane_->release(released);
    slots_ = {};
  }

 private:
  Lane* lane_;
  detail::cell_spans<typename Lane::cell> slots_;
};

}  // namespace tidegate
