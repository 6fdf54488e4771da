// Why a stream sink has one SEND in flight and resubmits the rest: what io_uring does to a byte stream otherwise. The
// first two tests describe the kernel and hold on any; what they saw is recorded as a property of the test. The third
// one is ours.
// Source: axboe/liburing issues 1001, 1282, 1359 (order), 78 and 1337 (short sends in links).
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "io/uring_ring.hpp"
#include "tests/io/stream_backend.hpp"

namespace tidegate::test {
namespace {

constexpr unsigned sends = 8;
constexpr std::size_t piece = 16 << 10;
constexpr unsigned rounds = 20;

/// Several sends at once on one socket, without a sink's care.
class careless_sender final : private detail::ring_client {
 public:
  explicit careless_sender(int fd) : fd_(fd) {
    std::string why;
    std::error_code error;
    ring_ = detail::uring_ring::make({}, why, error);
    if (ring_) seat_ = ring_->join(*this);
  }

  [[nodiscard]] bool works() const { return ring_ != nullptr; }

  /// Piece i consists of the byte i + 1.
  void send(int message_flags, bool linked) {
    for (unsigned i = 0; i < sends; ++i) {
      pieces_[i].assign(piece, static_cast<std::byte>(i + 1));
      io_uring_sqe* const entry = ring_->next_entry(seat_, i);
      ASSERT_NE(entry, nullptr);
      entry->opcode = IORING_OP_SEND;
      entry->fd = fd_;
      entry->addr = reinterpret_cast<std::uint64_t>(pieces_[i].data());
      entry->len = piece;
      entry->msg_flags = static_cast<unsigned>(MSG_NOSIGNAL | message_flags);
      if (linked && i + 1 < sends) entry->flags = IOSQE_IO_LINK;
    }
    (void)ring_->collect();
  }

  void wait_for_all() {
    while (ended_ < sends) ring_->wait(eventually());
  }

  [[nodiscard]] std::int32_t sent(unsigned i) const { return results_[i]; }
  [[nodiscard]] std::size_t sent_in_all() const {
    std::size_t total = 0;
    for (const std::int32_t result : results_) total += result > 0 ? static_cast<std::size_t>(result) : 0;
    return total;
  }

 private:
  void on_completion(std::uint32_t what, std::int32_t result, std::uint32_t) noexcept override {
    results_[what] = result;
    ++ended_;
  }

  int fd_;
  std::shared_ptr<detail::uring_ring> ring_;
  unsigned seat_ = 0;
  std::array<std::vector<std::byte>, sends> pieces_;
  std::array<std::int32_t, sends> results_{};
  unsigned ended_ = 0;
};

/// Everything up to the end of the stream.
std::vector<std::byte> read_all(int fd) {
  std::vector<std::byte> all;
  std::vector<std::byte> buffer(4096);
  for (ssize_t got = 0; (got = ::read(fd, buffer.data(), buffer.size())) > 0;) {
    all.insert(all.end(), buffer.begin(), buffer.begin() + got);
  }
  return all;
}

struct outcome {
  std::size_t sent = 0;
  std::vector<std::byte> arrived;
  bool went_on_after_short = false;  // a hole in the stream
};

/// Sends into a socket that is full, while a reader empties it.
outcome send_carelessly(int message_flags, bool linked) {
  auto [ours, theirs] = make_socketpair(4608);
  outcome seen;
  careless_sender sender(ours.get());
  EXPECT_TRUE(sender.works());
  if (!sender.works()) return seen;
  sender.send(message_flags, linked);
  std::thread reader([&seen, fd = theirs.get()] { seen.arrived = read_all(fd); });
  sender.wait_for_all();
  ::shutdown(ours.get(), SHUT_WR);
  reader.join();
  seen.sent = sender.sent_in_all();
  for (unsigned i = 0; i + 1 < sends; ++i) {
    const bool is_short = sender.sent(i) < static_cast<std::int32_t>(piece);
    seen.went_on_after_short |= is_short && sender.sent(i + 1) > 0;
  }
  return seen;
}

bool in_order(const std::vector<std::byte>& bytes) { return std::is_sorted(bytes.begin(), bytes.end()); }

bool uring_here() { return probe_uring().kind == backend_kind::uring; }

TEST(send_order, is_not_kept_between_sends_in_flight_together) {
  if (!uring_here()) GTEST_SKIP() << "NOT TESTED: no io_uring here: " << probe_uring().reason;
  unsigned reordered = 0;
  for (unsigned i = 0; i < rounds; ++i) {
    const outcome seen = send_carelessly(MSG_WAITALL, false);
    EXPECT_EQ(seen.arrived.size(), seen.sent) << "nothing is lost, the order is";
    reordered += !in_order(seen.arrived);
  }
  RecordProperty("rounds", static_cast<int>(rounds));
  RecordProperty("reordered", static_cast<int>(reordered));
}

TEST(send_order, of_links_has_holes_without_waitall) {
  if (!uring_here()) GTEST_SKIP() << "NOT TESTED: no io_uring here: " << probe_uring().reason;
  unsigned holes = 0;
  unsigned holes_with_waitall = 0;
  for (unsigned i = 0; i < rounds; ++i) {
    const outcome seen = send_carelessly(0, true);
    EXPECT_EQ(seen.arrived.size(), seen.sent);
    holes += seen.went_on_after_short;
    const outcome careful = send_carelessly(MSG_WAITALL, true);
    EXPECT_EQ(careful.arrived.size(), careful.sent);
    holes_with_waitall += careful.went_on_after_short;
  }
  EXPECT_EQ(holes_with_waitall, 0u) << "a short send in a link ends the chain when MSG_WAITALL is set";
  RecordProperty("rounds", static_cast<int>(rounds));
  RecordProperty("holes_without_waitall", static_cast<int>(holes));
}

TEST(send_order, of_a_sink_is_kept) {
  if (!uring_here()) GTEST_SKIP() << "NOT TESTED: no io_uring here: " << probe_uring().reason;
  for (unsigned i = 0; i < rounds; ++i) {
    auto [ours, theirs] = make_socketpair(4608);
    stream_sink out(std::move(ours), {.capacity_bytes = 1 << 20, .batch_bytes = piece, .backend = backend_kind::uring});
    for (unsigned k = 0; k < sends; ++k) {
      ASSERT_TRUE(accepted(out.write(std::vector<std::byte>(piece, static_cast<std::byte>(k + 1)))));
    }
    std::vector<std::byte> arrived;
    std::thread reader([&arrived, fd = theirs.get()] { arrived = read_all(fd); });
    EXPECT_FALSE(out.close(eventually()).error);
    reader.join();
    EXPECT_EQ(arrived.size(), sends * piece);
    EXPECT_TRUE(in_order(arrived));
  }
}

}  // namespace
}  // namespace tidegate::test
