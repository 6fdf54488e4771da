// The arithmetic below the exchange rings: words of entries and records, places on the circle.
#include <gtest/gtest.h>

#include <cstdint>

#include "tidegate/base/sync.hpp"
#include "tidegate/ring/detail/exchange/circle.hpp"
#include "tidegate/ring/detail/exchange/entry_word.hpp"
#include "tidegate/ring/detail/exchange/row.hpp"

namespace tidegate::detail {
namespace {

struct narrow_sync {
  using position = std::uint8_t;
};
using wide_word = entry_word<21, true, native_sync>;
using narrow_word = entry_word<21, true, narrow_sync>;
using plain_word = entry_word<28, false, native_sync>;

template <class Word>
class EntryWord : public ::testing::Test {};
using words = ::testing::Types<wide_word, narrow_word, plain_word>;
TYPED_TEST_SUITE(EntryWord, words);

TYPED_TEST(EntryWord, GoesRoundThroughItsStates) {
  using word = TypeParam;
  const circle<word> ring(1);
  std::uint64_t entry = circle<word>::begin(0) - word::one_tag;
  place at = circle<word>::begin(0);
  for (int lap = 0; lap < 40; ++lap) {  // the narrow tag wraps after 16 laps
    const std::uint64_t tag = circle<word>::lap(at);
    EXPECT_EQ(word::distance(entry, tag, side::push), -1);
    EXPECT_LT(word::distance(entry, tag, side::pop), -1) << "empty";
    entry = word::exchanged(entry, tag, side::push, 7);
    EXPECT_EQ(word::distance(entry, tag, side::push), 1);
    EXPECT_EQ(word::distance(entry, tag, side::pop), -1);
    EXPECT_EQ(word::value(entry), 7u);
    const std::uint64_t next_tag = circle<word>::lap(ring.next(at));
    EXPECT_EQ(word::distance(entry, next_tag, side::push), -3) << "full";
    entry = word::exchanged(entry, tag, side::pop, 8);
    EXPECT_EQ(word::distance(entry, tag, side::pop), 1);
    at = ring.next(at);
  }
}

TYPED_TEST(EntryWord, KeepsTheCloseBit) {
  using word = TypeParam;
  const std::uint64_t entry = (circle<word>::begin(3) - word::one_tag) | word::close_bit | 5;
  EXPECT_TRUE(word::closes(entry));
  EXPECT_TRUE(word::closes(word::exchanged(entry, circle<word>::begin(3), side::push, 1)));
  EXPECT_EQ(word::value(entry), 5u);
}

TEST(EntryWordOffers, SayWhoseTheyAreAndWhatIsOffered) {
  const place lap = circle<wide_word>::begin(9);
  const std::uint64_t before = (lap - wide_word::one_tag) | wide_word::close_bit | 77;
  const std::uint64_t offer = wide_word::offered(before, lap, side::push, 101, 6, true);
  EXPECT_EQ(wide_word::distance(offer, lap, side::push), 0);
  EXPECT_EQ(wide_word::row(offer), 101u);
  EXPECT_EQ(wide_word::sequence(offer), 2u) << "the low two bits";
  EXPECT_TRUE(wide_word::has_victim(offer));
  EXPECT_TRUE(wide_word::closes(offer));
  EXPECT_EQ(wide_word::value(offer), 77u);
  const std::uint64_t settled = wide_word::settled(offer, 3);
  EXPECT_EQ(settled, wide_word::exchanged(before, lap, side::push, 3));
}

TEST(RequestWord, TellsPendingDoneAndIdleApart) {
  using request = request_word<wide_word>;
  const place lap = circle<wide_word>::begin(9);
  const std::uint64_t offer = wide_word::offered(lap | 1234, lap, side::pop, 5, 3, false);
  const std::uint64_t done = request::done(offer, 99);
  EXPECT_TRUE(request::is_done(done));
  EXPECT_EQ(request::index(done), 99u);
  EXPECT_EQ(request::received(done), 1234u);
  EXPECT_FALSE(request::evicts(done));
  const std::uint64_t pending = request::pending(12, true);
  EXPECT_TRUE(request::is_pending(pending));
  EXPECT_TRUE(request::evicts(pending));
  EXPECT_EQ(request::number(pending), 12u);
  EXPECT_FALSE(request::is_pending(request::idle(12)));
  EXPECT_FALSE(request::is_done(request::idle(12)));
}

TEST(Circle, CountsPlacesOfAnySizeOfRing) {
  for (const std::size_t entries : {1u, 2u, 3u, 7u, 1024u}) {
    const circle<wide_word> ring(entries);
    place at = circle<wide_word>::begin(5);
    const place begin = at;
    for (std::size_t i = 0; i < 3 * entries; ++i) {
      EXPECT_EQ(ring.distance(begin, at), i);
      EXPECT_EQ(circle<wide_word>::index(at), i % entries);
      const place next = ring.next(at);
      EXPECT_TRUE(is_later(next, at));
      at = next;
    }
  }
}

TEST(Circle, JumpsOverLapsThatTheEntryProves) {
  const circle<wide_word> ring(3);
  const place at = circle<wide_word>::begin(5) + 1;
  EXPECT_EQ(ring.after(at, 1), ring.next(at));
  EXPECT_EQ(ring.after(at, 4), ring.next(at)) << "offered in the next lap proves this one only";
  EXPECT_EQ(ring.distance(at, ring.after(at, 5)), 4u);
  EXPECT_EQ(ring.distance(at, ring.after(at, 9)), 7u);
}

TEST(Circle, GivesEveryRowItsTurn) {
  const circle<wide_word> ring(3);
  for (const unsigned rows : {1u, 2u, 5u}) {
    place at = circle<wide_word>::begin(1);
    unsigned turns = 0;
    for (unsigned i = 0; i < rows; ++i, at = ring.next(at)) turns |= 1u << ring.turn(at, rows);
    EXPECT_EQ(turns, (1u << rows) - 1);
  }
}

}  // namespace
}  // namespace tidegate::detail
