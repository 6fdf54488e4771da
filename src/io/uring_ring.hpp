// uring_ring: one io_uring for one thread, and for any number of clients: lanes, doorbells.
//
// Requests carry a tag: whose they are, and a word of the client's own. Completions go to the client by that tag; what
// comes for a client that has left is dropped. Each entry that a client takes has a number; handed_over() tells whether
// the kernel has seen it, so that nobody has to be told after each entry to the kernel.
//
// The ring is made disabled and enabled by the first thread that submits, which is then its only issuer. Completions
// run in that thread, inside our own calls (DEFER_TASKRUN), so that a SIGPIPE raised by a WRITE cannot reach the
// process. Set-up tries sets of flags, from the best to the plainest; operations are probed, versions never looked at.
// No SQPOLL.  Threads: one; another one after rebuild().
#pragma once

#include <liburing.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "io/fork_guard.hpp"
#include "io/sink_target.hpp"
#include "tidegate/base/deadline.hpp"
#include "tidegate/io/unique_fd.hpp"
#include "tidegate/io/uring_features.hpp"

namespace tidegate::detail {

/// Whoever has requests of its own on a ring.
class ring_client {
 public:
  /// `what`: the word given to next_entry(). The client may stage requests in here.
  virtual void on_completion(std::uint32_t what, std::int32_t result, std::uint32_t flags) noexcept = 0;
  /// The ring was made anew: no request of before exists any more.
  virtual void on_rebuilt() noexcept {}

 protected:
  ~ring_client() = default;
};

/// Whether others are on a client's ring, which then has an owner of its own.
enum class ring_tenancy : bool { alone, shared };

/// Refusals of the request itself rather than of io_uring: another try later may work.
[[nodiscard]] bool may_pass(int error_number) noexcept;

struct ring_options {
  unsigned submissions = 32;
  unsigned completions = 0;  // 0: twice the submissions
  uring_features without = {};
};

class uring_ring {
 public:
  /// nullptr, and `why` and `error` say what refused.
  static std::shared_ptr<uring_ring> make(const ring_options& options, std::string& why, std::error_code& error);
  ~uring_ring();
  uring_ring(const uring_ring&) = delete;
  uring_ring& operator=(const uring_ring&) = delete;

  // --- clients

  [[nodiscard]] unsigned join(ring_client& client);
  void leave(unsigned seat) noexcept;

  /// From now on requests may raise this signal (SIGPIPE, SIGXFSZ) in us: it is kept from the process.
  void expect_signal(int signal_number) noexcept;
  void forget_signal(int signal_number) noexcept;

  // --- what it can

  [[nodiscard]] bool has(uring_feature feature) const noexcept { return !lacks_.contains(feature); }
  /// The kernel turned out not to have it.
  void give_up(uring_feature feature) noexcept { lacks_ = lacks_ | uring_features{feature}; }
  /// "" or why io_uring is not to be used for this kind of descriptor.
  [[nodiscard]] const char* objection_to(target_kind kind) const noexcept;
  /// How completions come, and what was left out, for a log line.
  [[nodiscard]] std::string describe() const;

  // --- requests

  /// Binds the ring to the calling thread at its first request; false: broken.
  [[nodiscard]] bool ready() noexcept;
  /// A cleared entry with the client's tag, or nullptr: no room even after handing over what is staged.
  [[nodiscard]] io_uring_sqe* next_entry(unsigned seat, std::uint32_t what) noexcept;
  /// Stages the cancelling of the request of that tag. Its own completion is what counts; that of the cancel is
  /// dropped.
  void cancel(unsigned seat, std::uint32_t what) noexcept;
  /// The number of the newest entry.
  [[nodiscard]] std::uint64_t staged() const noexcept { return staged_; }
  [[nodiscard]] bool handed_over(std::uint64_t entry) const noexcept {
    return exists_ && staged_ - ::io_uring_sq_ready(&ring_) >= entry;
  }
  [[nodiscard]] std::uint64_t tag(unsigned seat, std::uint32_t what) const noexcept;

  // --- the kernel

  /// Hands over what is staged and delivers completions, without waiting; returns how many.
  std::size_t collect() noexcept;
  /// The same, and sleeps until there is at least one completion, or the deadline. May be early.
  void wait(deadline until) noexcept;
  /// While held, collect() delivers what is there without entering the kernel: many clients stage, one call submits.
  void hold() noexcept { held_ = true; }
  void let_go() noexcept { held_ = false; }

  /// A client's request was refused and will be tried again: the next wait is short, and submits nothing.
  void rest() noexcept { refused_ = true; }
  /// True when requests are left that the kernel has refused: whoever sleeps elsewhere comes back soon.
  [[nodiscard]] bool is_refused() const noexcept { return refused_; }

  /// Completions so far. Not only collect() and wait() deliver: next_entry() does, when it has to make room.
  [[nodiscard]] std::uint64_t delivered() const noexcept { return delivered_; }
  /// 0, or the errno value of an entry to the kernel that will never work again.
  [[nodiscard]] int broken() const noexcept { return broken_; }
  [[nodiscard]] int fd() const noexcept { return ring_.ring_fd; }
  /// For a poll set: readable when collect() may find something, until hush_alarm(). Not the ring's own descriptor,
  /// which tells nothing of completions that wait for us to run them (DEFER_TASKRUN). -1: none can be had.
  [[nodiscard]] int alarm() noexcept;
  void hush_alarm() noexcept;
  /// Calls of io_uring_enter so far.
  [[nodiscard]] std::uint64_t entries() const noexcept { return entries_; }
  /// Times completions did not fit and had to be fetched by a call of their own.
  [[nodiscard]] std::uint64_t overflows() const noexcept { return overflows_; }
  /// Memory that it shares with the kernel, and its own.
  [[nodiscard]] std::size_t max_bytes() const noexcept;

  /// Another thread may be the issuer from now on. Nothing that matters is in flight.
  [[nodiscard]] bool rebuild() noexcept;
  /// In a child process: closes its copy of the descriptor. The memory of the ring was never mapped there.
  void abandon() noexcept;
  /// True while no thread is the issuer, or the calling one is. Not in a child process.
  [[nodiscard]] bool is_ours() const noexcept;

 private:
  struct place {
    ring_client* client = nullptr;
    std::uint16_t generation = 0;
  };
  static constexpr std::uint32_t dropped = ~std::uint32_t{0};

  explicit uring_ring(const ring_options& options) noexcept : options_(options), lacks_(options.without) {}
  [[nodiscard]] int set_up() noexcept;
  [[nodiscard]] int try_flags(unsigned flags) noexcept;
  [[nodiscard]] bool probe() noexcept;
  void tear_down() noexcept;
  template <class Call>
  std::size_t enter(Call call) noexcept;
  std::size_t deliver() noexcept;
  void deliver_one(std::uint64_t tag, std::int32_t result, std::uint32_t flags) noexcept;

  const ring_options options_;
  const fork_guard process_;
  uring_features lacks_;
  std::vector<place> places_;
  unique_fd alarm_;  // an eventfd, once somebody has asked for it
  io_uring ring_{};
  unsigned flags_ = 0;
  bool exists_ = false;   // ring_ is set up
  bool enabled_ = false;  // by the owner thread
  bool held_ = false;
  bool refused_ = false;  // the last entry left requests behind, or rest()
  int broken_ = 0;
  unsigned pipes_ = 0;  // clients that may raise SIGPIPE
  unsigned files_ = 0;  // and SIGXFSZ
  std::uint64_t staged_ = 0;
  std::uint64_t entries_ = 0;
  std::uint64_t overflows_ = 0;
  std::uint64_t delivered_ = 0;
  std::uintptr_t issuer_ = 0;  // native_sync::thread_token()
};

}  // namespace tidegate::detail
