// byte_claim.hpp: working on records of a byte ring in place: claim → write → publish | abandon, and peek → release.
//
// Guards of the byte rings, each used on the thread that obtained it; a peek, and a claim of a ring with one producer,
// before any other operation of that side. Dropping a claim abandons it, dropping a peek changes nothing.
#pragma once

#include <cstddef>
#include <iterator>
#include <utility>

#include "tidegate/base/config.hpp"
#include "tidegate/base/status.hpp"
#include "tidegate/ring/detail/byte/byte_cursor.hpp"
#include "tidegate/ring/detail/byte/record_header.hpp"

namespace tidegate {

/// Room for one record, in one piece, at an address that is a multiple of 8. Obtained from try_claim(); move-only, and
/// not to another thread: the claim of a thread that has ended is abandoned for it. Its bytes are others' from then on,
/// and publish() does nothing. A claim in a thread_local or static object gets there before its destructor does.
template <class Owner>
class byte_claim {
  using slot = typename Owner::slot;
  using word = typename Owner::word;

 public:
  /// No claim, and why.
  explicit byte_claim(push_status refusal) noexcept : status_(refusal) {}
  byte_claim(Owner& owner, const slot& claimed, std::size_t bytes) noexcept
      : owner_(&owner), claimed_(claimed), bytes_(bytes) {}
  byte_claim(byte_claim&& other) noexcept
      : owner_(std::exchange(other.owner_, nullptr)),
        claimed_(other.claimed_),
        bytes_(std::exchange(other.bytes_, 0)),
        status_(other.status_) {}
  byte_claim& operator=(byte_claim&&) = delete;
  ~byte_claim() { abandon(); }

  /// What try_claim() answered: `ok`, `full`, `too_heavy` or `closed`; of a claim that waited, `timed_out` or
  /// `cancelled` too.
  [[nodiscard]] push_status status() const noexcept { return status_; }
  /// True until it is published or abandoned.
  explicit operator bool() const noexcept { return owner_ != nullptr; }

  /// Where to write the record. Its bytes are whatever they were.
  [[nodiscard]] typename word::room bytes() const noexcept {
    return word::room_at(owner_ != nullptr ? claimed_.payload() : nullptr, bytes_);
  }

  /// Publishes the first `used` bytes as the record. Ends the claim. Also after the ring was closed.
  void publish(std::size_t used) noexcept {
    if (owner_ == nullptr || used > bytes_) abort_with("byte_claim: publish of more bytes than were claimed");
    bytes_ = 0;
    std::exchange(owner_, nullptr)->publish(claimed_, used);
  }
  /// Publishes all of it.
  void publish() noexcept { publish(bytes_); }

  /// Gives the room back; of a ring with many producers, once the consumer comes by. Ends the claim.
  void abandon() noexcept {
    bytes_ = 0;
    if (owner_ != nullptr) std::exchange(owner_, nullptr)->abandon(claimed_);
  }

 private:
  Owner* owner_ = nullptr;
  slot claimed_{};
  std::size_t bytes_ = 0;
  push_status status_ = push_status::ok;
};

/// The oldest records of a byte ring, shown to the consumer in place. Obtained from try_peek(); move-only. A range:
/// `for (std::span<std::byte> record : shown)`. Records may be read and changed.
template <class Owner>
class byte_peek {
  using word = typename Owner::word;

 public:
  /// Goes from record to record; the end is the number shown.
  class iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using iterator_concept = std::input_iterator_tag;
    using value_type = typename word::view;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = value_type;

    iterator() noexcept = default;
    iterator(const Owner& owner, std::size_t left) noexcept : owner_(&owner), at_(owner.oldest()), left_(left) {
      find();
    }

    [[nodiscard]] value_type operator*() const noexcept {
      return word::view_at(owner_->words_at(at_.index) + 1, found_.bytes());
    }
    iterator& operator++() noexcept {
      at_.pass(found_, owner_->capacity());
      --left_;
      find();
      return *this;
    }
    void operator++(int) noexcept { ++*this; }
    [[nodiscard]] bool operator==(std::default_sentinel_t) const noexcept { return left_ == 0; }
    [[nodiscard]] const detail::byte_cursor& place() const noexcept { return at_; }

   private:
    void find() noexcept {
      if (left_ == 0) return;
      while (!(found_ = owner_->look_again(at_)).is_record()) at_.pass(found_, owner_->capacity());
    }

    const Owner* owner_ = nullptr;
    detail::byte_cursor at_{};
    std::size_t left_ = 0;
    detail::record_header found_ = detail::record_header::none();
  };

  /// `end`: behind what is shown.
  byte_peek(Owner& owner, const detail::byte_cursor& end) noexcept : owner_(&owner), end_(end) {}
  byte_peek(byte_peek&& other) noexcept : owner_(other.owner_), end_(std::exchange(other.end_, {})) {}
  byte_peek& operator=(byte_peek&&) = delete;
  ~byte_peek() = default;

  /// How many records are shown: 0 when there was none.
  [[nodiscard]] std::size_t count() const noexcept { return end_.records; }
  explicit operator bool() const noexcept { return count() != 0; }
  /// Bytes of payload in them.
  [[nodiscard]] std::size_t bytes() const noexcept { return end_.record_bytes; }

  [[nodiscard]] iterator begin() const noexcept { return {*owner_, count()}; }
  [[nodiscard]] std::default_sentinel_t end() const noexcept { return std::default_sentinel; }

  /// Consumes the first `released` records and gives back their room; the rest stays in the ring. Ends the peek.
  void release(std::size_t released) noexcept {
    if (released > count()) abort_with("byte_peek: release of more records than were shown");
    if (Owner::checks_roles && released != 0 && !end_.started_at(owner_->oldest().index, owner_->capacity())) {
      abort_with("byte_peek: release behind another operation of the consumer");
    }
    if (released == count()) {
      if (released != 0) owner_->release(end_);
    } else if (released != 0) {
      iterator behind(*owner_, released);
      while (behind != std::default_sentinel) ++behind;
      owner_->release(behind.place());
    }
    end_ = {};
  }

 private:
  Owner* owner_;
  detail::byte_cursor end_;
};

}  // namespace tidegate
