// execution: one run of a client under the explorer: its threads, whose turn it is, who sleeps, and what time it is.
//
// Threads are fibers. Before every operation on shared state the running one asks who goes on (step()); between two
// such points a thread runs alone. What is open is put to the search, as far as the bounds allow it:
//   - going on is free; stopping a thread that could go on costs a preemption
//   - a thread that spins (pause, yield) makes room; until somebody else has changed something, giving it another turn
//     costs a preemption, too
//   - a sleeper may wake spuriously, by EINTR, or by its deadline before its time: each costs a surprise (by a
//     deadline that has passed: nothing)
//   - when nobody can go on, time passes: to the next deadline, or by a millisecond for those who spin
// Nobody can go on and no time is left to pass: deadlock. Everybody spins for ever: livelock. A frozen thread stops at
// its k-th step and never goes on.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "tests/model/explorer/client.hpp"
#include "tests/model/explorer/fiber.hpp"
#include "tests/model/explorer/memory.hpp"
#include "tests/model/explorer/probes.hpp"
#include "tests/model/explorer/search.hpp"
#include "tests/model/explorer/trace.hpp"
#include "tidegate/base/deadline.hpp"
#include "tidegate/base/kernel.hpp"

namespace tidegate::model {

using kernel::futex_outcome;

/// What an execution may do.
struct execution_rules {
  bounds limits;           // ignored when `unbounded`
  bool unbounded = false;  // random searches
  unsigned most_steps = 4000;
  int frozen_thread = -1;    // stops for ever
  unsigned frozen_step = 0;  // before its k-th step, counted from 1
};

class execution {
 public:
  static constexpr unsigned most_watched = 4;  // words, by one thread

  execution();
  ~execution();

  /// Runs `client` once. True: it came to its end and nothing was wrong; otherwise failure() says what.
  bool run(const client_type& client, search& choices, const execution_rules& rules, probe_counts& reached,
           trace* record);

  [[nodiscard]] const std::string& failure() const noexcept { return failure_; }
  [[nodiscard]] std::uint32_t steps() const noexcept { return steps_; }
  /// True when the thread to be frozen got as far as its frozen step.
  [[nodiscard]] bool froze() const noexcept { return froze_; }
  /// True when this thread has stopped there.
  [[nodiscard]] bool is_frozen(unsigned thread) const noexcept { return threads_[thread].is == state::frozen; }
  /// At the end: the thread was killed, and what it did happened before this.
  void bury_frozen() noexcept;
  /// An element is left in its slot: a failure, but for one that a killed thread had in its hands.
  void note_leak();
  /// True when a location has turned out to be shared that was taken for one thread's own: the executions so far left
  /// something out, and the search must begin again.
  [[nodiscard]] bool must_begin_again() const noexcept { return memory_.found_writer(); }
  /// Who is known to write where: decides where others are asked, and therefore belongs to a tape.
  [[nodiscard]] const writer_masks& writers() const noexcept { return memory_.writers(); }
  void set_writers(const writer_masks& known) noexcept { memory_.set_writers(known); }

  // For the operations of the model, on the fiber of the running thread.

  /// The execution that runs now.
  [[nodiscard]] static execution& here() noexcept { return *running_execution; }
  [[nodiscard]] static bool under_way() noexcept { return running_execution != nullptr; }

  [[nodiscard]] unsigned thread() const noexcept { return running_; }
  [[nodiscard]] unsigned own_steps() const noexcept { return threads_[running_].steps; }
  [[nodiscard]] memory& store() noexcept { return memory_; }
  [[nodiscard]] const knowledge& known() const noexcept { return memory_.known_by(running_); }
  probe_counts& reached() noexcept { return *reached_; }

  /// Stops this execution for good.
  [[noreturn]] void fail(std::string what);

  /// A point at which another thread may go on; every operation begins with it.
  void step();
  /// The same before a load, which is no such point when nobody else writes there. A seq_cst load always is one: it has
  /// its place among those of other locations.
  void step_to_load(location_id where, std::memory_order how);
  /// This thread spins: others go first.
  void spin();

  /// Which of the `readable` newest stores a load reads: 0 is the newest. Costs a stale read.
  [[nodiscard]] unsigned choose_age(unsigned readable);
  /// An unusual thing that may happen here, at the cost of a surprise.
  [[nodiscard]] bool surprised();
  /// A free choice of the client.
  [[nodiscard]] unsigned choose(unsigned options);

  /// An operation changed shared state: those who spin may look again.
  void changed() noexcept;

  /// To be called right after step(): the comparison and the way to sleep are one.
  [[nodiscard]] futex_outcome sleep(location_id word, std::uint32_t expected, deadline until);
  /// Of a wait for several words, one after another: compares and queues the caller, without a step. False: not as
  /// expected, or woken by one of those before it.
  [[nodiscard]] bool queue_on(location_id word, std::uint32_t expected);
  /// Then: sleeps unless it was woken on the way. `reached_all` is false when queue_on() was.
  [[nodiscard]] futex_outcome sleep_on_all(bool reached_all, deadline until);
  [[nodiscard]] unsigned wake(location_id word, unsigned count);
  [[nodiscard]] deadline::time_point now() const noexcept { return now_; }

  /// Tells the trace; `what` is called only when there is one.
  template <class What>
  void record(const site& at, What&& what) {
    if (trace_ != nullptr) [[unlikely]]
      trace_->add({steps_, static_cast<std::uint8_t>(running_), at, what()});
  }

 private:
  enum class state : std::uint8_t { absent, ready, spinning, asleep, frozen, finished };

  /// The C++ runtime keeps what is thrown and caught per system thread: here it changes with the fiber.
  using exception_state = std::array<std::byte, 16>;

  struct model_thread {
    fiber stack{stack_bytes};
    exception_state exceptions{};  // while it does not run
    state is = state::absent;
    std::uint32_t steps = 0;
    std::uint64_t own_changes = 0;                      // made by this thread
    std::uint64_t changes_seen = 0;                     // made by others when it last began to spin
    bool has_news = false;                              // it spun although something had changed since the look before
    bool read_stale = false;                            // since it last began to spin
    std::array<location_id, most_watched> queued_on{};  // words whose wakes reach it, asleep or on its way there
    unsigned queued = 0;
    bool roused = false;  // by a wake that came before it fell asleep
    deadline until = deadline::never();
    futex_outcome woken_by = futex_outcome::woken;

    [[nodiscard]] bool is_queued_on(location_id word) const noexcept {
      for (unsigned i = 0; i < queued; ++i) {
        if (queued_on[i] == word) return true;
      }
      return false;
    }
  };

  /// A way to go on.
  enum class waking : std::uint8_t { none, spurious, interrupted, timeout };
  struct way {
    search::candidate who;
    std::uint8_t preemptions;
    std::uint8_t surprises;
  };

  static constexpr std::size_t stack_bytes = 64 * 1024;
  static constexpr unsigned idle_rounds_to_livelock = 100;

  void reset(const client_type& client);
  static void run_setup(void* self);
  static void run_thread(void* self);
  void set_up_and_take_down();
  void finish_thread();

  void count_step();
  [[nodiscard]] bool may_ask() const noexcept;
  void go_on();
  void check_options(unsigned options);
  void collect_ways();
  void add_way(unsigned who, waking how, unsigned preemptions, unsigned surprises);
  void promote_spinners();
  [[nodiscard]] bool anyone(state is) const noexcept;
  [[nodiscard]] bool let_time_pass();
  void follow(const way& chosen);
  void continue_with(unsigned next);
  void wake_thread(unsigned who, futex_outcome by);
  void rouse(unsigned who, location_id word);
  [[nodiscard]] std::string standstill() const;
  [[nodiscard]] std::uint64_t changes_by_others(const model_thread& of) const noexcept {
    return changes_ - of.own_changes;
  }

  static inline execution* running_execution = nullptr;

  fiber outside_;
  std::array<model_thread, max_threads> threads_;
  memory memory_;
  const client_type* client_ = nullptr;
  search* search_ = nullptr;
  trace* trace_ = nullptr;
  probe_counts* reached_ = nullptr;
  execution_rules rules_;
  bounds left_;
  std::unique_ptr<std::byte[]> place_;
  std::size_t place_bytes_ = 0;
  void* object_ = nullptr;

  unsigned running_ = setup_thread;
  std::uint32_t steps_ = 0;
  std::uint64_t changes_ = 0;
  std::uint64_t changes_when_idle_ = 0;
  unsigned idle_rounds_ = 0;
  deadline::time_point now_{};
  bool froze_ = false;
  bool leaked_ = false;
  std::string failure_;

  std::array<way, 4 * max_threads> ways_{};
  unsigned way_count_ = 0;
};

}  // namespace tidegate::model
