// permit: credits that are held by an object, and given back on every way out. Move-only; may travel inside an element.
//
// Threads: one at a time; it may be given back by another thread than the one that took it. It must not outlive the
// account that it is of.
// Checked builds abort when a permit is given back twice, to another limiter, or used after it was given back.
#pragma once

#include <cstddef>
#include <utility>

#include "tidegate/base/config.hpp"
#include "tidegate/flow/acquire_status.hpp"
#include "tidegate/flow/credit_options.hpp"

namespace tidegate {

template <credit_options, class>
class basic_capacity_limiter;

/// Of `weight()` credits of an account; empty when they could not be had, and `status()` tells why.
template <class Account, bool Checked = checks_enabled>
class [[nodiscard]] basic_permit {
 public:
  /// Empty, of nothing.
  basic_permit() noexcept = default;

  /// What was asked for in vain.
  explicit basic_permit(acquire_status refusal) noexcept : status_(refusal) {}

  basic_permit(basic_permit&& other) noexcept
      : account_(std::exchange(other.account_, nullptr)),
        weight_(std::exchange(other.weight_, 0)),
        status_(other.status_) {}
  basic_permit& operator=(basic_permit&& other) noexcept {
    if (this == &other) return *this;
    give_back();
    account_ = std::exchange(other.account_, nullptr);
    weight_ = std::exchange(other.weight_, 0);
    status_ = other.status_;
    return *this;
  }
  ~basic_permit() { give_back(); }

  /// True while it holds credits.
  [[nodiscard]] explicit operator bool() const noexcept { return account_ != nullptr; }

  /// `ok`, or why it could not be had.
  [[nodiscard]] acquire_status status() const noexcept { return status_; }
  [[nodiscard]] std::size_t weight() const noexcept { return weight_; }
  [[nodiscard]] bool is_of(const Account& account) const noexcept { return account_ == &account; }

  /// Gives the credits back before its end.
  void release() noexcept {
    if (Checked && account_ == nullptr) abort_with("permit: given back twice, moved from, or never had");
    give_back();
  }

  /// A permit of `weight` of its credits, which it has no more; of all: this one is empty. More than it has: empty.
  basic_permit split(std::size_t weight) noexcept {
    if (account_ == nullptr || weight > weight_) return basic_permit(acquire_status::too_heavy);
    if (weight == weight_) return std::move(*this);
    weight_ -= weight;
    return basic_permit(*account_, weight);
  }

  /// Takes over the credits of a permit of the same account.
  void merge(basic_permit&& other) noexcept {
    if (!other || this == &other) return;
    if (account_ == nullptr) {
      *this = std::move(other);
      return;
    }
    if (other.account_ != account_) abort_with("permit: merged with one of another account");
    weight_ += std::exchange(other.weight_, 0);
    other.account_ = nullptr;
  }

  /// The credits never come back: the account's total is that much lower from now on, or 0.
  void forget() noexcept {
    if (Account* const whose = std::exchange(account_, nullptr)) whose->forget(std::exchange(weight_, 0));
  }

 private:
  template <credit_options, class>
  friend class basic_capacity_limiter;

  /// Credits that have been taken.
  basic_permit(Account& account, std::size_t weight) noexcept
      : account_(&account), weight_(weight), status_(acquire_status::ok) {}

  void give_back() noexcept {
    if (Account* const whose = std::exchange(account_, nullptr)) whose->release(std::exchange(weight_, 0));
  }

  Account* account_ = nullptr;
  std::size_t weight_ = 0;
  acquire_status status_ = acquire_status::full;
};

}  // namespace tidegate
