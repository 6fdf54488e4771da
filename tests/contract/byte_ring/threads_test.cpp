// Several threads: traffic that is checked byte for byte, claims of threads that end, stop and break rules.
#include <array>
#include <atomic>
#include <cstring>
#include <memory>
#include <new>
#include <optional>
#include <thread>
#include <vector>

#include "tests/contract/byte_ring/byte_kinds.hpp"
#include "tests/contract/support.hpp"

namespace tidegate::test {
namespace {

/// Says who it is of and as which one; the rest follows from that.
struct stamp {
  std::uint32_t number;
  std::uint32_t producer;
};

[[nodiscard]] std::size_t size_of(stamp of) { return sizeof(stamp) + (of.number * 7 + of.producer * 5) % 190; }

void write(bytes_view to, stamp of) {
  std::memcpy(to.data(), &of, sizeof(of));
  for (std::size_t i = sizeof(of); i < size_of(of); ++i) to[i] = static_cast<std::byte>(of.number + i);
}

/// Checks all that comes out.
struct reader {
  explicit reader(std::size_t producers) : last(producers, 0) {}
  void operator()(bytes_view record) {
    stamp of{};
    ASSERT_GE(record.size(), sizeof(of));
    std::memcpy(&of, record.data(), sizeof(of));
    ASSERT_LT(of.producer, last.size());
    ASSERT_EQ(of.number, ++last[of.producer]) << "of producer " << of.producer;
    ASSERT_EQ(record.size(), size_of(of));
    for (std::size_t i = sizeof(of); i < record.size(); ++i)
      ASSERT_EQ(record[i], static_cast<std::byte>(of.number + i));
    ++total;
  }
  std::vector<std::uint32_t> last;
  std::size_t total = 0;
};

/// Pushes, claims, claims too much, and drops claims.
template <class Ring>
void produce(Ring& ring, std::uint32_t producer, std::uint32_t count) {
  std::array<std::byte, 256> memory;
  for (std::uint32_t number = 1; number <= count;) {
    const stamp of{number, producer};
    push_status status = push_status::ok;
    if (number % 3 == 0) {
      auto claim = ring.try_claim(200);
      status = claim.status();
      if (claim) write(claim.bytes(), of);
      if (claim) claim.publish(size_of(of));
    } else {
      if (number % 5 == 0) {
        auto dropped = ring.try_claim(number % 64);
      }
      write(memory, of);
      status = ring.try_push(std::span(memory).first(size_of(of)));
    }
    if (status == push_status::ok) ++number;
    if (status != push_status::ok) std::this_thread::yield();
  }
}

template <class Ring>
void consume(Ring& ring, reader& check, std::size_t count) {
  for (unsigned turn = 0; check.total < count; ++turn) {
    const std::size_t before = check.total;
    if (turn % 3 == 0) static_cast<void>(ring.try_consume(check));
    if (turn % 3 == 1) ring.try_consume_n(7, check);
    if (turn % 3 == 2) {
      auto shown = ring.try_peek(6);
      const std::size_t part = shown.count() - shown.count() / 3;
      std::size_t seen = 0;
      for (const bytes_view record : shown) {
        if (seen++ < part) check(record);
      }
      shown.release(part);
    }
    if (testing::Test::HasFatalFailure()) return;
    if (check.total == before) std::this_thread::yield();
  }
}

template <class Ring>
void expect_traffic(std::uint32_t producers, std::size_t capacity) {
  const watchdog dog;
  const std::uint32_t each = 20'000 * stress_factor() / producers;
  Ring ring(capacity);
  std::vector<std::thread> threads;
  for (std::uint32_t i = 0; i < producers; ++i) threads.emplace_back([&ring, i, each] { produce(ring, i, each); });
  reader check(producers);
  consume(ring, check, std::size_t{producers} * each);
  ring.close();
  for (std::thread& each_thread : threads) each_thread.join();
  EXPECT_EQ(ring.try_consume([](bytes_view) { FAIL(); }), pop_status::closed);
  EXPECT_EQ(ring.counts_hint().records, check.total);
  expect_balance(ring);
}

TEST(byte_traffic, of_one_producer) { expect_traffic<byte_ring<>>(1, 1024); }
TEST(byte_traffic, of_one_producer_by_the_shared_ring) { expect_traffic<mpsc_byte_ring<>>(1, 1000); }
TEST(byte_traffic, of_two_producers) { expect_traffic<mpsc_byte_ring<>>(2, 512); }
TEST(byte_traffic, of_more_producers_than_cores) { expect_traffic<mpsc_byte_ring<>>(8, 2000); }

/// Keeps a claim from its destructor, as a thread that is cancelled or a leak does.
template <class Claim>
struct unended {
  explicit unended(Claim&& claim) { ::new (static_cast<void*>(memory.data())) Claim(std::move(claim)); }
  [[nodiscard]] Claim& claim() noexcept { return *std::launder(reinterpret_cast<Claim*>(memory.data())); }
  alignas(Claim) std::array<std::byte, sizeof(Claim)> memory;
};

TEST(byte_claims_of_the_dead, are_skipped_and_accounted_for) {
  mpsc_byte_ring<> ring(256);
  for (unsigned i = 0; i < 100; ++i) {
    std::thread([&ring] { const unended kept(ring.try_claim(10)); }).join();
    ASSERT_EQ(push(ring, i, 4), push_status::ok);
    ASSERT_TRUE(ring.pop_ready());
    ASSERT_EQ(take(ring), numbered(i, 4));
    ASSERT_EQ(ring.counts_hint().recovered, i + 1);
  }
  EXPECT_EQ(ring.counts_hint().abandoned, 100U);
  EXPECT_EQ(ring.counts_hint().abandoned_room, 100 * ring.cost_of(10));
  expect_balance(ring);
}

/// The calling thread is whom the test says.
struct acted_threads_sync : native_sync {
  static inline living_threads<std::atomic, 2> table;
  static inline thread_key me = 0;
  [[nodiscard]] static thread_key this_thread() noexcept { return me; }
  [[nodiscard]] static bool may_live(thread_key part, thread_key kept) noexcept { return table.may_live(part, kept); }
};

TEST(byte_claims_of_the_dead, are_skipped_also_when_what_is_kept_of_the_key_is_zero) {
  using threads = acted_threads_sync;
  mpsc_byte_ring<byte_options{}, threads> ring(64);
  while (((threads::me = threads::table.join()) & 0xffff'ffff) != 0) threads::table.leave(threads::me);
  { const unended kept(ring.try_claim(10)); }
  EXPECT_EQ(ring.try_consume([](bytes_view) { FAIL(); }), pop_status::empty) << "its thread lives";
  threads::table.leave(threads::me);
  EXPECT_EQ(push(ring, 1, 4), push_status::ok);
  EXPECT_EQ(take(ring), numbered(1, 4));
  EXPECT_EQ(ring.counts_hint().recovered, 1U);
}

TEST(byte_claims_of_the_dead, are_kept_when_there_were_more_threads_than_numbers) {
  mpsc_byte_ring<byte_options{}, acted_threads_sync> ring(64);
  acted_threads_sync::me = 0;
  auto claim = ring.try_claim(1);
  EXPECT_EQ(ring.try_consume([](bytes_view) { FAIL(); }), pop_status::empty) << "it may live";
  claim.bytes()[0] = std::byte{7};
  claim.publish();
  EXPECT_EQ(take(ring), numbered(7, 1));
}

TEST(byte_claims_of_the_dead, hold_no_close_up) {
  mpsc_byte_ring<> ring(256);
  std::thread([&ring] { const unended kept(ring.try_claim(10)); }).join();
  ring.close();
  EXPECT_EQ(ring.try_consume([](bytes_view) { FAIL(); }), pop_status::closed);
  expect_balance(ring);
}

/// The claim outlives its thread's lease: this one ends first, being used later.
TEST(byte_claims_of_the_dead, that_end_in_a_thread_local_harm_nobody) {
  using ring_type = mpsc_byte_ring<byte_options{.check_roles = false}>;
  static ring_type ring(64);
  static std::atomic<int> stage{0};
  struct pause_at_the_end {
    pause_at_the_end() noexcept = default;
    pause_at_the_end(const pause_at_the_end&) = delete;
    pause_at_the_end& operator=(const pause_at_the_end&) = delete;
    ~pause_at_the_end() {
      stage.store(1, order::release);
      while (stage.load(order::acquire) != 2) std::this_thread::yield();
    }
  };
  std::thread claimant([] {
    static thread_local std::optional<ring_type::claim_type> kept;
    static thread_local const pause_at_the_end pause;
    kept.emplace(ring.try_claim(16));
  });
  ASSERT_TRUE(eventually([] { return stage.load(order::acquire) == 1; }));
  ASSERT_EQ(push(ring, 1, 24), push_status::ok);
  ASSERT_EQ(take(ring), numbered(1, 24));
  ASSERT_EQ(ring.counts_hint().recovered, 1U);
  ASSERT_EQ(push(ring, 1, 0), push_status::ok);
  ASSERT_EQ(take(ring).size(), 0U);
  ASSERT_EQ(push(ring, 2, 24), push_status::ok);  // where the claim was
  stage.store(2, order::release);
  claimant.join();
  EXPECT_EQ(take(ring), numbered(2, 24));
  expect_balance(ring);
}

TEST(byte_claims_of_the_dead, that_were_published_are_delivered) {
  mpsc_byte_ring<> ring(256);
  std::thread([&ring] {
    auto claim = ring.try_claim(1);
    claim.bytes()[0] = std::byte{5};
    claim.publish();
  }).join();
  EXPECT_EQ(take(ring), numbered(5, 1));
}

TEST(byte_claims_of_the_living, delay_what_is_behind_and_it_shows) {
  mpsc_byte_ring<> ring(256);
  auto first = ring.try_claim(1);
  ASSERT_EQ(push(ring, 2, 1), push_status::ok);
  for (unsigned i = 1; i <= 3; ++i) {
    EXPECT_EQ(ring.try_consume([](bytes_view) { FAIL(); }), pop_status::empty);
    EXPECT_FALSE(ring.pop_ready());
    EXPECT_EQ(ring.counts_hint().claim_waits, 1U);
    EXPECT_EQ(ring.counts_hint().claim_looks, i);
    EXPECT_EQ(ring.depth_hint(), 2 * ring.cost_of(1)) << "something is there";
  }
  first.bytes()[0] = std::byte{1};
  first.publish();
  EXPECT_EQ(take(ring), numbered(1, 1));
  EXPECT_EQ(take(ring), numbered(2, 1));
  auto second = ring.try_claim(1);
  EXPECT_FALSE(ring.try_peek(1));
  EXPECT_EQ(ring.counts_hint().claim_waits, 2U);
}

TEST(byte_claims_of_the_living, may_be_many_and_finished_in_any_order) {
  mpsc_byte_ring<> ring(256);
  for (unsigned lap = 0; lap < 20; ++lap) {
    auto one = ring.try_claim(1), two = ring.try_claim(2), three = ring.try_claim(3);
    three.publish();
    EXPECT_FALSE(ring.pop_ready());
    one.publish();
    two.abandon();
    EXPECT_EQ(take(ring).size(), 1U);
    EXPECT_EQ(take(ring).size(), 3U);
    expect_balance(ring);
  }
}

/// Against the rule, but no harm is done while the first thread lives.
TEST(byte_claims_of_the_living, that_are_finished_by_another_thread_are_delivered) {
  mpsc_byte_ring<byte_options{.check_roles = false}> ring(64);
  auto claim = ring.try_claim(1);
  claim.bytes()[0] = std::byte{3};
  std::thread([&claim] { claim.publish(); }).join();
  EXPECT_EQ(take(ring), numbered(3, 1));
}

/// Roles are checked whatever the build.
constexpr byte_options checked{.check_roles = true};

TEST(byte_roles, are_checked) {
  EXPECT_DEATH(
      {
        byte_ring<checked> ring(64);
        static_cast<void>(ring.try_push({}));
        std::thread([&ring] { static_cast<void>(ring.try_claim(1)); }).join();
      },
      "two producer threads");
  EXPECT_DEATH(
      {
        mpsc_byte_ring<checked> ring(64);
        static_cast<void>(ring.try_peek(1));
        std::thread([&ring] { static_cast<void>(ring.skip_abandoned()); }).join();
      },
      "two consumer threads");
  EXPECT_DEATH(
      {
        byte_ring<checked> ring(64);
        auto one = ring.try_claim(1);
        auto other = ring.try_claim(1);
        one.publish();
        other.publish();
      },
      "behind a later record");
  EXPECT_DEATH(
      {
        mpsc_byte_ring<checked> ring(64);
        auto claim = ring.try_claim(1);
        std::thread([&claim] { claim.publish(); }).join();
      },
      "ended by another thread");
  EXPECT_DEATH(
      {
        mpsc_byte_ring<checked> ring(64);
        std::optional<unended<decltype(ring.try_claim(1))>> kept;
        std::thread([&] { kept.emplace(ring.try_claim(1)); }).join();
        static_cast<void>(ring.try_consume([](bytes_view) {}));
        kept->claim().publish();
      },
      "behind its own one's end");
}

TEST(byte_roles, are_handed_over) {
  byte_ring<checked> ring(64);
  std::thread([&ring] { EXPECT_EQ(push(ring, 1, 1), push_status::ok); }).join();
  ring.rebind_producer();
  EXPECT_EQ(push(ring, 2, 1), push_status::ok);
  std::thread([&ring] { EXPECT_EQ(take(ring), numbered(1, 1)); }).join();
  ring.rebind_consumer();
  EXPECT_EQ(take(ring), numbered(2, 1));
}

}  // namespace
}  // namespace tidegate::test
