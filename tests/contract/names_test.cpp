// The names under which ctest shows typed tests, `contract.SUITE.TEST<TYPE>`: readable, and one test each.
//
// CMake's discovery recognizes a type only behind a suite whose name ends in a number; otherwise it shows the whole
// line that GoogleTest prints. See kind_names.
#include <set>
#include <string>

#include "gtest/gtest.h"

namespace tidegate::test {
namespace {

/// Calls `visit(suite, type)` for every typed suite of this program.
template <class Visit>
void for_each_typed_suite(Visit&& visit) {
  const testing::UnitTest& all = *testing::UnitTest::GetInstance();
  for (int i = 0; i < all.total_test_suite_count(); ++i) {
    const testing::TestSuite& suite = *all.GetTestSuite(i);
    if (suite.type_param() != nullptr) visit(std::string(suite.name()), std::string(suite.type_param()));
  }
}

TEST(typed_suites, end_in_a_number) {
  for_each_typed_suite([](const std::string& suite, const std::string&) {
    const std::size_t slash = suite.rfind('/');
    ASSERT_NE(slash, std::string::npos) << suite;
    ASSERT_LT(slash + 1, suite.size()) << suite;
    EXPECT_EQ(suite.find_first_not_of("0123456789", slash + 1), std::string::npos) << suite;
  });
}

TEST(typed_suites, have_types_with_short_names) {
  for_each_typed_suite([](const std::string& suite, const std::string& type) {
    EXPECT_LE(type.size(), 100u) << suite << ": " << type;
    EXPECT_EQ(type.find('{'), std::string::npos) << suite << ": " << type;  // a value as template argument
  });
}

TEST(typed_suites, have_each_type_once) {
  std::set<std::string> seen;
  for_each_typed_suite([&seen](const std::string& suite, const std::string& type) {
    EXPECT_TRUE(seen.insert(suite.substr(0, suite.find('/')) + "<" + type).second) << suite << ": " << type;
  });
  EXPECT_FALSE(seen.empty());
}

}  // namespace
}  // namespace tidegate::test
