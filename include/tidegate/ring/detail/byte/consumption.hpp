// consumption.hpp: how the consumer of a byte ring goes from record to record, over what holds none.
//
// `Lane`: single_lane, shared_lane, or a queue's that tells others when words are given back. Every call gives back
// what it finds abandoned, also when it finds no record.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include "tidegate/base/status.hpp"
#include "tidegate/ring/byte_options.hpp"
#include "tidegate/ring/detail/byte/byte_cursor.hpp"
#include "tidegate/ring/detail/byte/record_header.hpp"

namespace tidegate::detail {

/// Moves `at` to the next record: its header, or none.
template <class Lane>
[[nodiscard]] record_header find_record(Lane& lane, byte_cursor& at) noexcept {
  for (;;) {
    const record_header found = lane.look(at);
    if (found.is_none() || found.is_record()) return found;
    at.pass(found, lane.capacity());
  }
}

/// Moves `at` to the oldest record: `ok`, `empty` or `closed`. Unless `ok`, what is in front of it is given back.
template <class Lane>
[[nodiscard]] pop_status find_oldest(Lane& lane, byte_cursor& at, record_header& found) noexcept {
  pop_status status = pop_status::ok;
  while ((found = find_record(lane, at)).is_none()) {
    status = lane.why_none(at);
    if (status != pop_status::ok) break;
  }
  if (status != pop_status::ok) lane.release(at);
  return status;
}

template <class Lane>
[[nodiscard]] auto view_of(const Lane& lane, const byte_cursor& at, record_header found) noexcept {
  return Lane::word::view_at(lane.words_at(at.index) + 1, found.bytes());
}

/// Gives back all up to `to` on every way out of the user's callback.
template <class Lane>
struct giving_back {
  Lane& lane;
  byte_cursor to;
  ~giving_back() { lane.release(to); }
};

template <class Lane, class Use>
pop_status consume_one(Lane& lane, Use& use) noexcept(noexcept(use(std::declval<typename Lane::word::view>()))) {
  byte_cursor at = lane.oldest();
  record_header found = record_header::none();
  if (const pop_status refusal = find_oldest(lane, at, found); refusal != pop_status::ok) return refusal;
  giving_back<Lane> after{lane, at};
  after.to.pass(found, lane.capacity());
  static_cast<void>(use(view_of(lane, at, found)));
  return pop_status::ok;
}

/// What `use` says about a record; a callback that says nothing wants to go on.
template <class Use, class View>
[[nodiscard]] record_verdict verdict_of(Use& use, View record) noexcept(noexcept(use(record))) {
  if constexpr (std::is_same_v<decltype(use(record)), record_verdict>) {
    return use(record);
  } else {
    use(record);
    return record_verdict::go_on;
  }
}

template <class Lane, class Use>
std::size_t consume_many(Lane& lane, std::size_t most,
                         Use& use) noexcept(noexcept(use(std::declval<typename Lane::word::view>()))) {
  std::size_t consumed = 0;
  byte_cursor at = lane.oldest();
  record_header found = record_header::none();
  if (most == 0 || find_oldest(lane, at, found) != pop_status::ok) return 0;
  for (giving_back<Lane> after{lane, at}; !found.is_none(); found = find_record(lane, at), after.to = at) {
    after.to = at;
    after.to.pass(found, lane.capacity());
    const record_verdict verdict = verdict_of(use, view_of(lane, at, found));
    if (verdict == record_verdict::abort) after.to = at;
    if (verdict == record_verdict::abort) break;
    at = after.to;
    if (++consumed == most || verdict == record_verdict::stop) break;
    if (verdict != record_verdict::commit) continue;
    lane.release(at);
    after.to = at = lane.oldest();
  }
  return consumed;
}

/// Behind up to `most` of the oldest records.
template <class Lane>
[[nodiscard]] byte_cursor find_records(Lane& lane, std::size_t most) noexcept {
  byte_cursor at = lane.oldest();
  record_header found = record_header::none();
  if (most == 0 || find_oldest(lane, at, found) != pop_status::ok) return {};
  while (!found.is_none()) {
    at.pass(found, lane.capacity());
    if (at.records == most) break;
    found = find_record(lane, at);
  }
  return at;
}

/// False only if there was no record at some instant, and no end. Changes nothing.
template <class Lane>
[[nodiscard]] bool can_consume(const Lane& lane) noexcept {
  byte_cursor at = lane.oldest();
  for (;;) {
    const record_header found = lane.glance(at);
    if (found.is_record()) return true;
    if (found.is_none() || found.is_claimed()) return lane.would_end(at);
    at.pass(found, lane.capacity());
  }
}

/// Gives back what was abandoned in front of the oldest record; true if there was some.
template <class Lane>
bool skip_abandoned(Lane& lane) noexcept {
  byte_cursor at = lane.oldest();
  static_cast<void>(find_record(lane, at));
  const bool some = at.abandoned != 0;
  if (some) lane.release(at);
  return some;
}

}  // namespace tidegate::detail
