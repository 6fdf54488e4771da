#include "lab/streams.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <deque>
#include <span>
#include <system_error>
#include <utility>

#include "tidegate/io/stream_sink.hpp"
#include "tidegate/io/unique_fd.hpp"

namespace tidegate::lab {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct stamps {
  time_point intended;
  time_point since;
};
static_assert(sizeof(stamps) <= least_record_bytes);

std::pair<unique_fd, unique_fd> connected() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    throw std::system_error(errno, std::generic_category(), "socketpair");
  }
  return {unique_fd(ends[0]), unique_fd(ends[1])};
}

/// What both have: the peer's end, and the count of what is between. One thread offers, one takes.
class stream_policy : public policy {
 public:
  stream_policy(const row& of, unique_fd peer)
      : record_bytes_(of.payload_bytes),
        service_(from_seconds(of.service_s)),
        peer_(std::move(peer)),
        incoming_(std::make_unique<std::byte[]>(of.payload_bytes)) {}

  pop_status take(job& out, unsigned, deadline until) override {
    while (got_ < record_bytes_) {
      pollfd readable{peer_.get(), POLLIN, 0};
      const int ready = ::poll(&readable, 1, wait_ms(until));
      if (ready == 0 && until.reached(lab_sync::now())) return pop_status::timed_out;
      if (ready <= 0) continue;
      const ssize_t some = ::recv(peer_.get(), incoming_.get() + got_, record_bytes_ - got_, MSG_DONTWAIT);
      if (some == 0 || (some < 0 && errno != EAGAIN && errno != EINTR)) return pop_status::closed;
      if (some > 0) got_ += static_cast<std::size_t>(some);
    }
    got_ = 0;
    stamps when;
    std::memcpy(&when, incoming_.get(), sizeof when);
    out.intended = when.intended;
    out.since = when.since;
    out.service = service_;
    left_.fetch_add(1, std::memory_order_relaxed);  // a number that guards no data
    return pop_status::ok;
  }
  [[nodiscard]] std::size_t depth() const override {
    const std::uint64_t gone = left_.load(relaxed) + lost_.load(relaxed);
    const std::uint64_t in = entered_.load(relaxed);
    return in > gone ? static_cast<std::size_t>(in - gone) : 0;
  }
  [[nodiscard]] losses lost() const override { return {.evicted = lost_.load(relaxed)}; }
  void report_to(measures& all) const override {
    all["buffered_peak_mib"] = static_cast<double>(buffered_peak_) / (1024.0 * 1024.0);
  }
  /// The peer hangs up: what waits for it ends.
  void cancel() override { ::shutdown(peer_.get(), SHUT_RDWR); }

 protected:
  static constexpr auto relaxed = std::memory_order_relaxed;  // numbers that guard no data

  /// The request as a record.
  [[nodiscard]] std::span<const std::byte> record_of(const job& one) const noexcept {
    const stamps when{one.intended, one.since};
    std::memcpy(one.payload.get(), &when, sizeof when);
    return {one.payload.get(), record_bytes_};
  }
  void note_buffered(std::size_t bytes) noexcept { buffered_peak_ = std::max(buffered_peak_, bytes); }
  void entered() noexcept { entered_.fetch_add(1, relaxed); }
  void lost(std::uint64_t records) noexcept { lost_.fetch_add(records, relaxed); }

 private:
  [[nodiscard]] static int wait_ms(deadline until) noexcept {
    constexpr nanoseconds longest = milliseconds(20);
    if (until.is_never()) return static_cast<int>(longest / milliseconds(1));
    const nanoseconds left = std::clamp<nanoseconds>(until.when() - lab_sync::now(), nanoseconds{0}, longest);
    return static_cast<int>(std::chrono::ceil<milliseconds>(left).count());
  }

  const std::size_t record_bytes_;
  const nanoseconds service_;
  unique_fd peer_;
  std::unique_ptr<std::byte[]> incoming_;
  std::size_t got_ = 0;
  std::size_t buffered_peak_ = 0;  // of the thread that offers
  std::atomic<std::uint64_t> entered_{0}, left_{0}, lost_{0};
};

/// Credits in bytes, and a producer that listens to them.
class bounded_stream : public stream_policy {
 public:
  bounded_stream(const row& of, std::pair<unique_fd, unique_fd> ends)
      : stream_policy(of, std::move(ends.second)), sink_(std::move(ends.first), numbers_of(of.policy)) {}

  push_status offer(job& one) override {
    sink_.pump();
    if (sink_.error()) return evicted(one);
    if (!sink_.writable()) return push_status::full;
    const sink_status status = sink_.write(record_of(one));
    note_buffered(sink_.position().bytes.in_flight());
    if (!accepted(status)) return status == sink_status::full ? push_status::full : push_status::closed;
    entered();
    return push_status::ok;
  }
  void close() override { lost(sink_.close(lab_sync::now() + seconds(60)).position.records.lost); }
  void report_to(measures& all) const override {
    stream_policy::report_to(all);
    all["evicted_at_s"] = evicted_at_s_;
  }

 private:
  [[nodiscard]] static sink_config numbers_of(const policy_spec& of) {
    sink_config made{.capacity_bytes = of.capacity, .high_bytes = of.high_bytes, .low_bytes = of.low_bytes};
    made.stall_after = from_seconds(of.stall_after_s);
    made.evict_stalled = of.stall_after_s > 0;
    return made;
  }
  /// The peer took nothing for too long.
  push_status evicted(const job& one) noexcept {
    if (std::isnan(evicted_at_s_)) evicted_at_s_ = to_seconds(one.since - began_);
    return push_status::closed;
  }

  stream_sink sink_;
  const time_point began_ = lab_sync::now();
  double evicted_at_s_ = std::nan("");
};

/// What many programs do: what the socket does not take is appended to a buffer.
class unbounded_stream : public stream_policy {
 public:
  unbounded_stream(const row& of, std::pair<unique_fd, unique_fd> ends)
      : stream_policy(of, std::move(ends.second)), bytes_each_(of.payload_bytes), socket_(std::move(ends.first)) {}

  push_status offer(job& one) override {
    static_cast<void>(record_of(one));
    waiting_.push_back(std::move(one.payload));
    entered();
    send_some();
    note_buffered(waiting_.size() * bytes_each_ - sent_);
    return push_status::ok;
  }
  void close() override {
    while (!waiting_.empty() && send_some()) {
      pollfd writable{socket_.get(), POLLOUT, 0};
      static_cast<void>(::poll(&writable, 1, 20));
    }
    socket_.reset();
  }

 private:
  /// False: the peer has gone.
  bool send_some() {
    while (!waiting_.empty()) {
      const int flags = MSG_DONTWAIT | MSG_NOSIGNAL;
      const ssize_t some = ::send(socket_.get(), waiting_.front().get() + sent_, bytes_each_ - sent_, flags);
      if (some < 0) return errno == EAGAIN || errno == EINTR;
      sent_ += static_cast<std::size_t>(some);
      if (sent_ < bytes_each_) continue;
      waiting_.pop_front();
      sent_ = 0;
    }
    return true;
  }

  const std::size_t bytes_each_;
  unique_fd socket_;
  std::deque<std::unique_ptr<std::byte[]>> waiting_;
  std::size_t sent_ = 0;  // of the first one
};

}  // namespace

std::unique_ptr<policy> make_stream_policy(const row& of) {
  if (of.policy.kind == policy_kind::stream_sink) return std::make_unique<bounded_stream>(of, connected());
  return std::make_unique<unbounded_stream>(of, connected());
}

}  // namespace tidegate::lab
