// Statuses have names, and only the first three of a push mean accepted.
#include "tidegate/base/status.hpp"

#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

#include "gtest/gtest.h"
#include "tidegate/base/cache_line.hpp"
#include "tidegate/base/config.hpp"
#include "tidegate/base/construction.hpp"

namespace tidegate {
namespace {

static_assert(accepted(push_status::ok) && accepted(push_status::evicted) && accepted(push_status::spilled));
static_assert(!accepted(push_status::full) && !accepted(push_status::dropped) && !accepted(push_status::shed));
static_assert(!accepted(push_status::expired) && !accepted(push_status::too_heavy) && !accepted(push_status::closed));
static_assert(!accepted(push_status::timed_out) && !accepted(push_status::cancelled));
static_assert(to_string(push_status::full) == "full" && to_string(pop_status::empty) == "empty");
static_assert(sizeof(push_status) == 1 && sizeof(pop_status) == 1);
static_assert(cache_line_bytes >= 64 && (cache_line_bytes & (cache_line_bytes - 1)) == 0);

template <class Status>
std::set<std::string_view> names_up_to(Status last) {
  std::set<std::string_view> names;
  for (unsigned value = 0; value <= static_cast<unsigned>(last); ++value) {
    names.insert(to_string(static_cast<Status>(value)));
  }
  return names;
}

TEST(status, of_each_kind_has_its_own_name) {
  EXPECT_EQ(names_up_to(push_status::no_row).size(), 12U);
  EXPECT_EQ(names_up_to(pop_status::evicted).size(), 8U);
  EXPECT_EQ(to_string(push_status::too_heavy), "too_heavy");
  EXPECT_EQ(to_string(push_status::cancelled), "cancelled");
  EXPECT_EQ(to_string(push_status::timed_out), "timed_out");
  EXPECT_EQ(to_string(pop_status::closed), "closed");
  EXPECT_EQ(to_string(pop_status::cancelled), "cancelled");
}

TEST(status, that_does_not_exist_is_called_so) {
  EXPECT_EQ(to_string(static_cast<push_status>(12)), "invalid push_status");
  EXPECT_EQ(to_string(static_cast<push_status>(255)), "invalid push_status");
  EXPECT_EQ(to_string(static_cast<pop_status>(8)), "invalid pop_status");
}

TEST(construction, fails_with_the_exception_that_fits) {
  using std::errc;
  EXPECT_THROW(fail_construction(make_error_code(errc::invalid_argument), "why"), std::invalid_argument);
  EXPECT_THROW(fail_construction(make_error_code(errc::not_enough_memory), "why"), std::bad_alloc);
  try {
    fail_construction(make_error_code(errc::operation_not_permitted), "why");
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), errc::operation_not_permitted);
    EXPECT_NE(std::string(error.what()).find("why"), std::string::npos);
  }
}

TEST(config, aborts_with_the_broken_rule) { EXPECT_DEATH(abort_with("the rule"), "^tidegate: the rule"); }

}  // namespace
}  // namespace tidegate
