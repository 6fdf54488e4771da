// Claims and peeks, and consumption that stops, commits and aborts.
#include <stdexcept>

#include "tests/contract/byte_ring/byte_kinds.hpp"

namespace tidegate::test {
namespace {

template <class Kind>
class byte_in_place : public byte_rings<Kind> {};
TYPED_TEST_SUITE(byte_in_place, wide_byte_kinds, byte_kind_names);

TYPED_TEST(byte_in_place, a_claim_is_written_and_published) {
  typename TypeParam::ring ring(128);
  for (std::size_t used = 0; used <= 20; ++used) {
    auto claim = ring.try_claim(20);
    ASSERT_TRUE(claim);
    EXPECT_EQ(claim.status(), push_status::ok);
    ASSERT_EQ(claim.bytes().size(), 20U);
    const auto record = numbered(7, used);
    std::copy(record.begin(), record.end(), claim.bytes().begin());
    EXPECT_FALSE(ring.pop_ready()) << "a claim is seen before it is published";
    claim.publish(used);
    EXPECT_FALSE(claim);
    EXPECT_EQ(claim.bytes().size(), 0U);
    EXPECT_TRUE(ring.pop_ready());
    EXPECT_EQ(take(ring), record);
  }
  expect_balance(ring);
}

TYPED_TEST(byte_in_place, a_claim_that_is_dropped_leaves_no_record) {
  typename TypeParam::ring ring(64);
  for (unsigned i = 0; i < 50; ++i) {
    { auto dropped = ring.try_claim(9); }
    auto moved = ring.try_claim(0);
    { auto taken(std::move(moved)); }
    EXPECT_FALSE(moved);
    auto abandoned = ring.try_claim(3);
    abandoned.abandon();
    abandoned.abandon();
    ASSERT_EQ(push(ring, i, 1), push_status::ok);
    ASSERT_EQ(take(ring), numbered(i, 1));
  }
  EXPECT_EQ(ring.counts_hint().abandoned, TypeParam::many ? 150U : 0U);
  EXPECT_EQ(ring.counts_hint().recovered, 0U);
  expect_balance(ring);
}

TYPED_TEST(byte_in_place, room_that_was_abandoned_comes_back) {
  typename TypeParam::ring ring(64);
  for (unsigned i = 0; i < 4; ++i) {
    auto dropped = ring.try_claim(8);
  }
  if (TypeParam::many) {
    EXPECT_EQ(push(ring, 1, 8), push_status::full);
    EXPECT_FALSE(ring.pop_ready());
    EXPECT_TRUE(ring.skip_abandoned());
  }
  EXPECT_FALSE(ring.skip_abandoned());
  EXPECT_EQ(push(ring, 1, 8), push_status::ok);
  EXPECT_EQ(take(ring), numbered(1, 8));
  for (unsigned i = 0; i < 3; ++i) {
    auto dropped = ring.try_claim(8);
  }
  EXPECT_EQ(ring.try_consume([](bytes_view) { FAIL(); }), pop_status::empty);
  EXPECT_EQ(ring.depth_hint(), 0U) << "a look at nothing gives back what was abandoned";
  for (unsigned i = 0; i < 3; ++i) {
    auto dropped = ring.try_claim(8);
  }
  EXPECT_EQ(ring.try_peek(4).count(), 0U);
  EXPECT_EQ(ring.depth_hint(), 0U);
  for (const record_verdict verdict : {record_verdict::go_on, record_verdict::commit}) {
    EXPECT_EQ(push(ring, 1, 8), push_status::ok);
    { auto dropped = ring.try_claim(8); }
    EXPECT_EQ(ring.try_consume_n(2, [verdict](bytes_view) { return verdict; }), 1U);
    EXPECT_EQ(ring.depth_hint(), 0U) << "also behind the last record";
  }
  expect_balance(ring);
}

TYPED_TEST(byte_in_place, a_refused_claim_says_why) {
  typename TypeParam::ring ring(32);
  ASSERT_EQ(push(ring, 1, 8), push_status::ok);
  ASSERT_EQ(push(ring, 1, 8), push_status::ok);
  EXPECT_EQ(ring.try_claim(0).status(), push_status::full);
  ring.close();
  auto claim = ring.try_claim(0);
  EXPECT_EQ(claim.status(), push_status::closed);
  EXPECT_FALSE(claim);
  EXPECT_EQ(claim.bytes().size(), 0U);
  EXPECT_DEATH(claim.publish(0), "more bytes than were claimed");
}

TYPED_TEST(byte_in_place, more_than_was_claimed_is_not_published) {
  typename TypeParam::ring ring(64);
  auto claim = ring.try_claim(8);
  EXPECT_DEATH(claim.publish(9), "more bytes than were claimed");
}

TYPED_TEST(byte_in_place, a_peek_shows_whole_records_and_releases_some) {
  typename TypeParam::ring ring(128);
  for (std::size_t part = 0; part <= 4; ++part) {
    for (unsigned lap = 0; lap < 16; ++lap) {
      for (unsigned i = 0; i < 5; ++i) {
        if (i == 2) {
          auto dropped = ring.try_claim(4);
        }
        ASSERT_EQ(push(ring, i, 3 * i % 7), push_status::ok);
      }
      auto shown = ring.try_peek(4);
      ASSERT_EQ(shown.count(), 4U);
      EXPECT_EQ(shown.bytes(), 0U + 3 + 6 + 2);
      unsigned number = 0;
      for (const std::span<const std::byte> record : shown) {
        const auto expected = numbered(number, 3 * number % 7);
        ASSERT_TRUE(std::equal(record.begin(), record.end(), expected.begin(), expected.end()));
        ++number;
      }
      EXPECT_EQ(number, 4U);
      shown.release(part);
      EXPECT_EQ(shown.count(), 0U);
      for (unsigned i = static_cast<unsigned>(part); i < 5; ++i) ASSERT_EQ(take(ring), numbered(i, 3 * i % 7));
      expect_balance(ring);
    }
  }
  EXPECT_FALSE(ring.try_peek(3));
  EXPECT_DEATH(ring.try_peek(3).release(1), "more records than were shown");
}

TYPED_TEST(byte_in_place, a_peek_is_released_before_anything_else_is_consumed) {
  constexpr producer_count producers = TypeParam::many ? producer_count::many : producer_count::one;
  basic_byte_ring<producers, byte_options{.check_roles = true}> ring(64);
  ASSERT_EQ(push(ring, 1, 8), push_status::ok);
  ASSERT_EQ(push(ring, 2, 8), push_status::ok);
  auto shown = ring.try_peek(1);
  ASSERT_EQ(take(ring), numbered(1, 8));
  EXPECT_DEATH(shown.release(1), "behind another operation of the consumer");
  shown.release(0);
  EXPECT_EQ(take(ring), numbered(2, 8));
}

TYPED_TEST(byte_in_place, records_may_be_changed_where_they_lie) {
  typename TypeParam::ring ring(64);
  ASSERT_EQ(push(ring, 1, 2), push_status::ok);
  for (const bytes_view record : ring.try_peek(1)) record[0] = std::byte{9};
  EXPECT_EQ(take(ring).front(), std::byte{9});
}

TYPED_TEST(byte_in_place, consumption_stops_commits_and_aborts) {
  typename TypeParam::ring ring(128);
  for (unsigned i = 0; i < 6; ++i) ASSERT_EQ(push(ring, i, 1), push_status::ok);
  std::size_t seen = 0;
  const auto depth = [&ring] { return ring.depth_hint() / 16; };
  EXPECT_EQ(ring.try_consume_n(9,
                               [&](bytes_view record) {
                                 EXPECT_EQ(record[0], static_cast<std::byte>(seen));
                                 EXPECT_EQ(depth(), seen < 2 ? 6U : 4U)
                                     << "room is given back by a commit, and not before";
                                 return ++seen == 2 ? record_verdict::commit
                                        : seen == 4 ? record_verdict::abort
                                                    : record_verdict::go_on;
                               }),
            3U);
  EXPECT_EQ(depth(), 3U) << "the record of the abort is left";
  EXPECT_EQ(ring.try_consume_n(9,
                               [&](bytes_view record) {
                                 EXPECT_EQ(record[0], std::byte{3});
                                 return record_verdict::stop;
                               }),
            1U);
  EXPECT_EQ(ring.try_consume_n(9, [&](bytes_view) { return record_verdict::abort; }), 0U);
  EXPECT_EQ(depth(), 2U);
  EXPECT_EQ(ring.try_consume_n(1, [&](bytes_view record) { EXPECT_EQ(record[0], std::byte{4}); }), 1U);
  EXPECT_EQ(ring.try_consume_n(0, [&](bytes_view) { FAIL(); }), 0U);
  EXPECT_EQ(ring.try_consume_n(9, [&](bytes_view) { return record_verdict::commit; }), 1U);
  EXPECT_EQ(ring.try_consume_n(9, [&](bytes_view) { FAIL(); }), 0U);
  expect_balance(ring);
}

TYPED_TEST(byte_in_place, a_record_whose_callback_throws_has_been_consumed) {
  typename TypeParam::ring ring(128);
  for (unsigned i = 0; i < 5; ++i) ASSERT_EQ(push(ring, i, 1), push_status::ok);
  EXPECT_THROW(static_cast<void>(ring.try_consume([](bytes_view) { throw std::runtime_error("no"); })),
               std::runtime_error);
  EXPECT_THROW(static_cast<void>(ring.try_consume_n(9,
                                                    [](bytes_view record) {
                                                      if (record[0] == std::byte{3}) throw std::runtime_error("no");
                                                    })),
               std::runtime_error);
  EXPECT_EQ(take(ring), numbered(4, 1));
  expect_balance(ring);
}

TYPED_TEST(byte_in_place, a_closed_ring_delivers_what_is_inside) {
  typename TypeParam::ring ring(128);
  ASSERT_EQ(push(ring, 1, 1), push_status::ok);
  ring.close();
  ring.close();
  EXPECT_TRUE(ring.closed());
  EXPECT_FALSE(ring.ended());
  EXPECT_EQ(push(ring, 2, 1), push_status::closed);
  EXPECT_TRUE(ring.push_ready(1));
  EXPECT_EQ(take(ring), numbered(1, 1));
  EXPECT_TRUE(ring.pop_ready());
  EXPECT_EQ(ring.try_consume_n(2, [](bytes_view) { FAIL(); }), 0U);
  EXPECT_TRUE(ring.ended());
  EXPECT_EQ(ring.try_consume([](bytes_view) { FAIL(); }), pop_status::closed);
  EXPECT_FALSE(ring.try_peek(1));
  EXPECT_TRUE(ring.pop_ready());
}

TYPED_TEST(byte_in_place, a_claim_may_be_published_after_the_close) {
  typename TypeParam::ring ring(128);
  auto claim = ring.try_claim(1);
  ring.close();
  claim.bytes()[0] = std::byte{1};
  if (TypeParam::many) {
    EXPECT_EQ(ring.try_consume([](bytes_view) { FAIL(); }), pop_status::empty) << "what was granted may still come";
  }
  claim.publish();
  EXPECT_EQ(take(ring), numbered(1, 1));
  EXPECT_EQ(ring.try_consume([](bytes_view) { FAIL(); }), pop_status::closed);
}

}  // namespace
}  // namespace tidegate::test
