#include "pump/temporary_path.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <string>
#include <utility>

#include "tidegate/io/unique_fd.hpp"

namespace tidegate::pump {
namespace {

class temporary_paths : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "tidegate-path-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { ::rmdir(folder_.c_str()); }

  [[nodiscard]] std::string path() const { return folder_ + "/file"; }
  [[nodiscard]] unique_fd make() const { return unique_fd(::open(path().c_str(), O_CREAT | O_EXCL | O_RDWR, 0600)); }
  [[nodiscard]] bool exists() const { return ::access(path().c_str(), F_OK) == 0; }

 private:
  std::string folder_;
};

TEST_F(temporary_paths, go_with_their_owner) {
  const unique_fd file = make();
  {
    temporary_path first(path());
    temporary_path second(std::move(first));
    temporary_path third;
    third = std::move(second);
    EXPECT_TRUE(third);
    EXPECT_EQ(third.text(), path());
    EXPECT_FALSE(first || second);  // NOLINT(bugprone-use-after-move): defined as empty
  }
  EXPECT_FALSE(exists());
}

TEST_F(temporary_paths, leave_what_has_taken_their_place) {
  const unique_fd old = make();
  {
    const temporary_path ours(path());
    ::unlink(path().c_str());
    EXPECT_TRUE(make());
  }
  EXPECT_TRUE(exists());
  ::unlink(path().c_str());
}

TEST_F(temporary_paths, of_nothing_are_none) {
  {
    const temporary_path early(path());
    EXPECT_FALSE(early);
    EXPECT_TRUE(make());
  }
  EXPECT_TRUE(exists());
  ::unlink(path().c_str());
}

}  // namespace
}  // namespace tidegate::pump
