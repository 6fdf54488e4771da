// other_scripts.cpp: the scripts of other_scripts.hpp.
#include "tests/instructions/other_scripts.hpp"

#include <array>
#include <cstddef>
#include <span>
#include <utility>

#include "tests/instructions/repeat.hpp"

namespace tidegate::test {
namespace {

template <class Account>
[[gnu::always_inline]] inline bool taken_and_given_back(Account& credits) {
  return repeat([&](word) {
    if (credits.try_acquire() != acquire_status::ok) return false;
    nothing_is_kept();
    credits.release();
    return true;
  });
}

}  // namespace

bool script_latest_pair(newest& place) {
  return repeat([&](word i) {
    if (place.try_push(i) != push_status::ok) return false;
    nothing_is_kept();
    word out = 0;
    return place.try_pop(out) == pop_status::ok && out == i;
  });
}

bool script_byte_pair(records& ring) {
  std::array<std::byte, 64> text{};
  return repeat([&](word i) {
    text.back() = static_cast<std::byte>(i);
    if (ring.try_push(text) != push_status::ok) return false;
    nothing_is_kept();
    bool same = false;
    const auto look = [&](std::span<std::byte> record) noexcept { same = record.back() == text.back(); };
    return ring.try_consume(look) == pop_status::ok && same;
  });
}

bool script_lap_pair(laps& ring, laps::reader& reader) {
  return repeat([&](word i) {
    if (ring.try_push(i) != push_status::ok) return false;
    nothing_is_kept();
    word out = 0;
    return reader.try_pop(out) == pop_status::ok && out == i;
  });
}

bool script_credits_pair(account& credits) { return taken_and_given_back(credits); }
bool script_credits_in_order_pair(account_in_order& credits) { return taken_and_given_back(credits); }
bool script_permit_pair(limiter& limit) {
  return repeat([&](word) {
    const auto mine = limit.try_acquire();
    return static_cast<bool>(mine);
  });
}

}  // namespace tidegate::test
