// bell.hpp: the inside of a doorbell, in three kinds: by eventfd, by futex operation, by message.
#pragma once

#include <bit>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "io/bell_word.hpp"
#include "io/fd_watch.hpp"
#include "tidegate/base/deadline.hpp"
#include "tidegate/base/sync.hpp"
#include "tidegate/io/sink_group.hpp"
#include "tidegate/wait/wait_source.hpp"

namespace tidegate::detail {

class group_core;

class bell {
 public:
  bell(std::shared_ptr<group_core> group, doorbell_kind kind);
  bell(const bell&) = delete;
  bell& operator=(const bell&) = delete;
  virtual ~bell();

  // --- the owner

  /// True: nothing is there, and it will ring. False: something is there.
  [[nodiscard]] virtual bool arm() noexcept = 0;
  /// True once after it rang, maybe once too often.
  [[nodiscard]] virtual bool take_rung() noexcept = 0;
  /// Before each sleep: sees to it that the system will tell.
  virtual void prepare() noexcept {}
  /// True: armed, not rung, and yet something is there, which is now taken as rung.
  [[nodiscard]] virtual bool is_overdue() noexcept = 0;
  /// After how much sleep is_overdue() has to be asked, `heartbeat` unless the kind needs none or another.
  [[nodiscard]] virtual deadline::duration longest_sleep(deadline::duration heartbeat) const noexcept = 0;
  /// For a poll set; nullptr when it does not belong in one.
  [[nodiscard]] virtual fd_watch* polled() noexcept { return nullptr; }
  [[nodiscard]] virtual bool rebind() noexcept { return true; }

  // --- any thread

  virtual void ring() noexcept = 0;

  [[nodiscard]] doorbell_kind kind() const noexcept { return kind_; }

 protected:
  [[nodiscard]] group_core& group() const noexcept { return *group_; }

 private:
  const std::shared_ptr<group_core> group_;
  const doorbell_kind kind_;
};

/// Something to wait for that is rung by hand, where the caller has no queue.
///
/// Protocol: [rung] what was done before ring() → the look that finds the flag.
class hand_source {
 public:
  void ring() noexcept {
    rung_.store(1, order::release);  // [rung] pairs with the exchange
    where_.notify(everyone);
  }
  [[nodiscard]] wait_source<native_sync> source() noexcept {
    return {where_, *this, [](hand_source& self) noexcept { return self.take(); }};
  }
  /// True once after a ring.
  [[nodiscard]] bool take() noexcept { return rung_.exchange(0, order::acquire) != 0; }  // [rung] pairs with ring()

 private:
  native_sync::atomic<std::uint32_t> rung_{0};
  event_count<native_sync> where_;
};

/// What bells on an event count share.
class source_bell : public bell {
 public:
  source_bell(std::shared_ptr<group_core> group, doorbell_kind kind, const wait_source<native_sync>* source);

  [[nodiscard]] bool arm() noexcept final;
  [[nodiscard]] bool is_overdue() noexcept final;
  void ring() noexcept final;

 protected:
  /// Makes the next notification heard.
  virtual void listen() noexcept = 0;
  /// The opposite, after a look that found something.
  virtual void ignore() noexcept {}
  virtual void forget_ring() noexcept = 0;

  [[nodiscard]] event_count<native_sync>& where() const noexcept { return source_.where(); }
  void pass_on() const noexcept { source_.pass_on(); }
  [[nodiscard]] bool is_armed() const noexcept { return armed_; }
  [[nodiscard]] bool is_fenced() const noexcept { return fenced_; }
  void note_rung() noexcept;

 private:
  std::unique_ptr<hand_source> by_hand_;
  wait_source<native_sync> source_;
  bool armed_ = false;
  bool fenced_ = true;  // at the last arm(); without the fence a notification may be missed
};

/// The event count's own bell, an eventfd. It is never read while a poll that stays armed watches it.
class fd_bell final : public source_bell {
 public:
  fd_bell(std::shared_ptr<group_core> group, const wait_source<native_sync>* source);

  [[nodiscard]] bool take_rung() noexcept override;
  void prepare() noexcept override { watch_->prepare(); }
  [[nodiscard]] deadline::duration longest_sleep(deadline::duration heartbeat) const noexcept override;
  [[nodiscard]] fd_watch* polled() noexcept override { return watch_.get(); }

 private:
  void listen() noexcept override;
  void forget_ring() noexcept override { static_cast<void>(watch_->take_fired()); }

  std::unique_ptr<fd_watch> watch_;
};

/// One more sleeper on the event count, whose place in the kernel's queue an operation holds. PRIVATE, as the wakes of
/// queues are: bell_self_test.hpp sees to it that the kernel finds it.
class futex_bell final : public source_bell, private ring_client {
 public:
  futex_bell(std::shared_ptr<group_core> group, const wait_source<native_sync>* source);
  ~futex_bell() override;

  [[nodiscard]] bool take_rung() noexcept override { return std::exchange(rung_, false); }
  void prepare() noexcept override;
  [[nodiscard]] deadline::duration longest_sleep(deadline::duration heartbeat) const noexcept override;

 private:
  void listen() noexcept override;
  void ignore() noexcept override;
  void forget_ring() noexcept override { rung_ = false; }
  void on_completion(std::uint32_t what, std::int32_t result, std::uint32_t flags) noexcept override;
  void on_rebuilt() noexcept override;
  void stage() noexcept;

  const std::shared_ptr<uring_ring> ring_;
  unsigned seat_ = 0;
  std::uint32_t operation_ = 0;  // the newest one; completions of others are stale
  std::uint32_t epoch_ = 0;      // at which we are enlisted, and the operation sleeps
  bool enlisted_ = false;
  bool pending_ = false;
  bool rung_ = false;
  bool usable_ = true;
};

/// A word of its own; who finds the owner parked posts a completion to its ring.
class message_bell final : public bell, private ring_client {
 public:
  explicit message_bell(std::shared_ptr<group_core> group);
  ~message_bell() override;

  [[nodiscard]] bool arm() noexcept override;
  [[nodiscard]] bool take_rung() noexcept override;
  [[nodiscard]] bool is_overdue() noexcept override;
  [[nodiscard]] deadline::duration longest_sleep(deadline::duration heartbeat) const noexcept override;
  [[nodiscard]] bool rebind() noexcept override { return false; }
  void ring() noexcept override;

 private:
  void on_completion(std::uint32_t, std::int32_t, std::uint32_t) noexcept override { rung_ = true; }

  const std::shared_ptr<uring_ring> ring_;
  unsigned seat_ = 0;
  std::uint64_t tag_ = 0;
  bool armed_ = false;
  bool rung_ = false;
  bell_word<native_sync> word_;
};

/// Posts a completion with this tag to another ring, without a ring of one's own; a negated errno value on failure.
int send_ring_message(int ring_fd, std::uint64_t tag) noexcept;

}  // namespace tidegate::detail
