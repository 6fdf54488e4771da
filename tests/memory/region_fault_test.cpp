// What a region does when the system refuses: huge pages, prefault, lock and node, each as a note and as an error.
// Refusals are made in forked children, by system call filters, limits and another user.
#include <fcntl.h>
#include <grp.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <fstream>
#include <string>
#include <system_error>

#include "faults.hpp"
#include "gtest/gtest.h"
#include "tidegate/memory/memory_errc.hpp"
#include "tidegate/memory/memory_options.hpp"
#include "tidegate/memory/pages.hpp"
#include "tidegate/memory/region.hpp"

namespace tidegate {
namespace {

using namespace test;
namespace pages = detail::pages;

constexpr std::size_t huge = pages::huge_bytes;
const std::size_t page = pages::page_bytes();

region expect_note(std::size_t bytes, const memory_options& options, memory_errc reason) {
  std::error_code error;
  region memory = region::make(bytes, 64, options, error);
  EXPECT_FALSE(error) << error.message();
  EXPECT_NE(memory.data(), nullptr);
  EXPECT_TRUE(memory.notes().contains(reason)) << to_string(memory);
  for (std::size_t i = 0; i < memory.bytes(); i += 64) memory.data()[i] = std::byte{1};
  return memory;
}

void expect_error(std::size_t bytes, const memory_options& options, memory_errc reason) {
  const std::size_t before = address_space_bytes();
  std::error_code error;
  const region memory = region::make(bytes, 64, options, error);
  expect_address_space(before, "a refused region has left a mapping behind");
  EXPECT_EQ(error, reason) << error.message();
  EXPECT_EQ(memory.data(), nullptr);
}

bool transparent_huge_pages_exist() { return ::access("/sys/kernel/mm/transparent_hugepage/enabled", F_OK) == 0; }

// --- huge pages -----------------------------------------------------------------------------------------------------

constexpr memory_options try_huge = {.pages = page_policy::try_huge};
constexpr memory_options require_huge = {.pages = page_policy::require_huge};

TEST(region_huge_faults, an_empty_pool_means_transparent_huge_pages_and_a_note) {
  in_child([] {
    refuse(huge_mmap, ENOMEM);
    if (!transparent_huge_pages_exist()) skip_child("this kernel has no transparent huge pages");
    std::byte* where = nullptr;
    {
      const std::size_t before = address_space_bytes();
      const region memory = expect_note(huge + 1, try_huge, memory_errc::no_huge_pages);
      expect_address_space(before + 2 * huge, "the slack for alignment goes back at once");
      where = memory.data();
      EXPECT_EQ(memory.place(), memory_place::transparent_huge_pages);
      EXPECT_FALSE(memory.notes().contains(memory_errc::transparent_refused));
      EXPECT_TRUE(pages::is_aligned(memory.data(), huge));
      EXPECT_EQ(memory.committed_bytes(), 2 * huge);
      EXPECT_NE(mapping_line(memory.data(), "VmFlags").find(" hg"), std::string::npos) << "advice not given";
      EXPECT_NE(mapping_line(memory.data() + 2 * huge - 1, "VmFlags").find(" hg"), std::string::npos);
      EXPECT_NE(to_string(memory).find("vm.nr_hugepages"), std::string::npos);
    }
    EXPECT_EQ(mapping_line(where, "VmFlags"), "") << "still mapped";
    EXPECT_EQ(mapping_line(where + 2 * huge - 1, "VmFlags"), "") << "still mapped";
    std::error_code error;
    EXPECT_TRUE(pages::is_aligned(region::make(1, 4 * huge, try_huge, error).data(), 4 * huge));
    expect_error(huge, require_huge, memory_errc::no_huge_pages);
  });
}

TEST(region_huge_faults, a_kernel_without_huge_pages) {
  for (const int error : {EINVAL, ENODEV, ENOSYS}) {
    in_child([error] {
      refuse(huge_mmap, error);
      expect_error(huge, require_huge, memory_errc::huge_pages_unsupported);
      (void)expect_note(huge, try_huge, memory_errc::huge_pages_unsupported);
    });
  }
}

TEST(region_huge_faults, a_kernel_without_transparent_huge_pages_either) {
  in_child([] {
    refuse(huge_mmap, ENOMEM);
    refuse(huge_advice, EINVAL);
    const region memory = expect_note(100, try_huge, memory_errc::transparent_refused);
    EXPECT_EQ(memory.place(), memory_place::pages);
    EXPECT_TRUE(memory.notes().contains(memory_errc::no_huge_pages));
    EXPECT_EQ(memory.committed_bytes(), huge);
  });
}

TEST(region_huge_faults, wishes_hold_on_the_ordinary_pages_that_came_instead) {
  in_child([] {
    refuse(huge_mmap, ENOMEM);
    if (!can_lock(huge)) skip_child(pages_cannot_be_locked);
    if (!node_can_be_bound()) skip_child(node_cannot_be_bound);
    const std::size_t before = locked_bytes();
    memory_options options = try_huge;
    options.lock = request::require;
    options.node = 0;
    options.bind = request::require;
    const region memory = expect_note(page, options, memory_errc::no_huge_pages);
    EXPECT_EQ(locked_bytes(), before + huge);
    EXPECT_EQ(numa_policy(memory.data()), MPOL_BIND);
  });
}

std::size_t read_number(const char* path) {
  std::size_t number = 0;
  std::ifstream(path) >> number;
  return number;
}

/// The system's huge page pool, raised while this lives. Only one test process at a time changes it.
class raised_pool {
 public:
  explicit raised_pool(std::size_t pages_more) {
    file_ = ::open(path, O_RDWR | O_CLOEXEC);
    if (file_ < 0 || ::flock(file_, LOCK_EX) != 0) return;
    before_ = read_number(path);
    raised_ = write_pool(before_ + pages_more) && proc_value("/proc/meminfo", "HugePages_Free") >= pages_more;
  }
  raised_pool(const raised_pool&) = delete;
  raised_pool& operator=(const raised_pool&) = delete;
  ~raised_pool() {
    if (file_ < 0) return;
    EXPECT_TRUE(write_pool(before_));
    EXPECT_EQ(read_number(path), before_) << "the pool could not be restored";
    ::close(file_);
  }

  [[nodiscard]] bool raised() const { return raised_; }

 private:
  static constexpr const char* path = "/proc/sys/vm/nr_hugepages";

  bool write_pool(std::size_t count) {
    const std::string text = std::to_string(count);
    return ::pwrite(file_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
  }

  int file_ = -1;
  std::size_t before_ = 0;
  bool raised_ = false;
};

/// What the pool can grow to by itself.
std::size_t pool_limit_pages() {
  return read_number("/proc/sys/vm/nr_hugepages") + read_number("/proc/sys/vm/nr_overcommit_hugepages");
}

/// How many pages of the pool are present in the mapping that holds `where`.
std::size_t present_huge_pages(const void* where) {
  std::size_t kilobytes = 0;
  const std::string line = mapping_line(where, "Private_Hugetlb");
  if (std::sscanf(line.c_str(), "Private_Hugetlb: %zu kB", &kilobytes) != 1) ADD_FAILURE() << "not on huge pages";
  return kilobytes * 1024 / huge;
}

void check_huge_region(std::size_t bytes, std::size_t alignment, const memory_options& options) {
  std::byte* where = nullptr;
  const std::size_t rounded = (bytes + huge - 1) / huge * huge;
  {
    std::error_code error;
    const region memory = region::make(bytes, alignment, options, error);
    ASSERT_FALSE(error) << error.message();
    where = memory.data();
    EXPECT_EQ(memory.place(), memory_place::huge_pages);
    EXPECT_TRUE(memory.notes().none()) << to_string(memory);
    EXPECT_EQ(memory.committed_bytes(), rounded);
    EXPECT_TRUE(pages::is_aligned(where, std::max(alignment, huge)));
    EXPECT_EQ(present_huge_pages(where), rounded / huge) << "pages of the pool are present from the start";
    where[bytes - 1] = std::byte{1};
  }
  EXPECT_EQ(mapping_line(where, "VmFlags"), "") << "still mapped";
}

TEST(region_huge_pool, pages_of_the_pool) {
  const raised_pool pool(4);
  if (!pool.raised()) GTEST_SKIP() << "cannot raise vm.nr_hugepages here (needs root and 8 MiB of free memory)";
  in_child([] {
    check_huge_region(huge + 1, 64, try_huge);
    check_huge_region(huge + 1, 64, require_huge);
    check_huge_region(huge, 2 * huge, require_huge);
    memory_options everything = require_huge;
    everything.prefault = everything.lock = everything.bind = request::require;
    if (node_can_be_bound()) everything.node = 0;
    check_huge_region(1, 64, everything);
    const std::size_t too_many = pool_limit_pages() + 1;
    expect_error(too_many * huge, require_huge, memory_errc::no_huge_pages);
    const region larger = expect_note(too_many * huge, try_huge, memory_errc::no_huge_pages);
    EXPECT_EQ(larger.place(), memory_place::transparent_huge_pages);
  });
  if (IsSkipped() || HasFailure()) return;
  in_child([] {
    if (!node_can_be_bound()) skip_child(node_cannot_be_bound);
    expect_error(huge, {.pages = page_policy::require_huge, .node = 900, .bind = request::require},
                 memory_errc::no_such_node);
    const region elsewhere =
        expect_note(huge, {.pages = page_policy::require_huge, .node = 900}, memory_errc::no_such_node);
    EXPECT_EQ(elsewhere.place(), memory_place::huge_pages);
  });
  in_child([] {  // reserved, yet not to be had where they should be: a node or a control group without them
    refuse(populate_advice, EFAULT);
    expect_error(huge, require_huge, memory_errc::no_huge_pages);
    const std::size_t before = address_space_bytes();
    const region memory = expect_note(huge, try_huge, memory_errc::no_huge_pages);
    expect_address_space(before + huge, "the mapping from the pool was kept");
    EXPECT_EQ(mapping_line(memory.data(), "VmFlags").find(" ht"), std::string::npos) << "on huge pages";
    EXPECT_NE(memory.place(), memory_place::huge_pages);
  });
}

// --- prefault -------------------------------------------------------------------------------------------------------

TEST(region_prefault_faults, an_old_kernel_has_its_pages_touched) {
  in_child([] {
    refuse(populate_advice, EINVAL);
    std::error_code error;
    const region memory = region::make(31 * page + 1, 64, {.prefault = request::require}, error);
    EXPECT_FALSE(error) << error.message();
    EXPECT_EQ(present_pages(memory.data(), memory.committed_bytes()), 32);
    EXPECT_TRUE(memory.notes().none());
  });
}

TEST(region_prefault_faults, touching_stays_inside_the_span) {
  in_child([] {
    refuse(populate_advice, EINVAL);
    const own_pages storage(4 * page);
    for (std::byte& each : storage.span()) each = std::byte{0x5a};
    const std::size_t first = page - 64;
    const std::size_t bytes = page + 128;  // the end of one page, a whole one, the start of another
    std::error_code error;
    const region memory =
        region::make(bytes, 64, {.span = storage.span().subspan(first), .prefault = request::require}, error);
    EXPECT_FALSE(error);
    for (std::size_t i = 0; i < 4 * page; ++i) {
      const bool touched = i == first || i == page || i == 2 * page;
      ASSERT_EQ(storage.span()[i], touched ? std::byte{0} : std::byte{0x5a}) << i;
    }
  });
}

TEST(region_prefault_faults, no_memory_is_a_note_or_an_error) {
  for (const int error : {ENOMEM, EFAULT}) {
    in_child([error] {
      refuse(populate_advice, error);
      (void)expect_note(3 * page, {.prefault = request::attempt}, memory_errc::prefault_failed);
      expect_error(3 * page, {.prefault = request::require}, memory_errc::prefault_failed);
    });
  }
}

TEST(region_prefault_faults, a_short_file_behind_the_span_is_an_error_and_no_signal) {
  char name[] = "/tmp/tidegate-region-XXXXXX";
  const int file = ::mkstemp(name);
  ASSERT_GE(file, 0);
  ::unlink(name);
  ASSERT_EQ(::ftruncate(file, static_cast<off_t>(page)), 0);
  void* const where = ::mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  ASSERT_NE(where, MAP_FAILED);
  const std::span<std::byte> span(static_cast<std::byte*>(where), 2 * page);
  expect_error(2 * page, {.span = span, .prefault = request::require}, memory_errc::prefault_failed);
  std::error_code error;
  EXPECT_NE(region::make(page, 64, {.span = span, .prefault = request::require}, error).data(), nullptr);
  EXPECT_FALSE(error) << error.message();
  ::munmap(where, 2 * page);
  ::close(file);
}

// --- lock -----------------------------------------------------------------------------------------------------------

/// Either call, because the C library makes one of the other.
void refuse_lock(int error) {
  refuse({SYS_mlock}, error);
  refuse({SYS_mlock2}, error);
}

void lower_lock_limit(std::size_t bytes) {
  const rlimit limit{bytes, bytes};
  if (::setrlimit(RLIMIT_MEMLOCK, &limit) != 0) skip_child("cannot lower RLIMIT_MEMLOCK");
  // Root is not bound by the limit; nobody is.
  if (::geteuid() == 0 && (::setgroups(0, nullptr) != 0 || ::setuid(65534) != 0)) skip_child("cannot become nobody");
}

TEST(region_lock_faults, over_the_limit) {
  in_child([] {
    lower_lock_limit(4 * page);
    expect_error(8 * page, {.lock = request::require}, memory_errc::lock_over_limit);
    const region note = expect_note(8 * page, {.lock = request::attempt}, memory_errc::lock_over_limit);
    std::error_code error;
    const region within = region::make(4 * page, 64, {.lock = request::require}, error);
    EXPECT_FALSE(error) << error.message();
    expect_error(page, {.lock = request::require}, memory_errc::lock_over_limit);
  });
}

TEST(region_lock_faults, no_limit_left_at_all) {
  in_child([] {
    lower_lock_limit(0);
    expect_error(page, {.lock = request::require}, memory_errc::lock_not_permitted);
    (void)expect_note(page, {.lock = request::attempt}, memory_errc::lock_not_permitted);
  });
}

TEST(region_lock_faults, the_kernel_cannot) {
  in_child([] {
    refuse_lock(EAGAIN);
    expect_error(page, {.lock = request::require}, memory_errc::lock_failed);
    (void)expect_note(page, {.lock = request::attempt}, memory_errc::lock_failed);
  });
}

TEST(region_lock_faults, a_span_not_locked_by_the_region_is_not_unlocked_by_it) {
  in_child([] {
    if (!can_lock(2 * page)) skip_child(pages_cannot_be_locked);
    const own_pages storage(2 * page);
    ASSERT_EQ(::mlock2(storage.span().data(), 2 * page, 0), 0);
    const std::size_t before = locked_bytes();
    std::error_code error;
    (void)region::make(2 * page, 64, {.span = storage.span()}, error);
    refuse_lock(EAGAIN);
    (void)expect_note(2 * page, {.span = storage.span(), .lock = request::attempt}, memory_errc::lock_failed);
    EXPECT_EQ(locked_bytes(), before);
  });
}

// --- node -----------------------------------------------------------------------------------------------------------

TEST(region_node_faults, each_refusal_has_its_reason) {
  struct {
    int error;
    memory_errc reason;
  } const refusals[] = {{EPERM, memory_errc::bind_not_permitted},
                        {ENOSYS, memory_errc::bind_unsupported},
                        {EINVAL, memory_errc::no_such_node},
                        {ENOMEM, memory_errc::bind_failed}};
  for (const auto& refusal : refusals) {
    in_child([refusal] {
      refuse({SYS_mbind}, refusal.error);
      expect_error(page, {.node = 0, .bind = request::require}, refusal.reason);
      (void)expect_note(page, {.node = 0}, refusal.reason);
    });
  }
}

// --- all at once ----------------------------------------------------------------------------------------------------

TEST(region_faults, every_wish_refused_leaves_a_working_region_and_every_note) {
  in_child([] {
    refuse(huge_mmap, ENOMEM);
    refuse(huge_advice, EINVAL);
    refuse(populate_advice, ENOMEM);
    refuse_lock(EPERM);
    refuse({SYS_mbind}, ENOSYS);
    const region memory = expect_note(
        page, {.pages = page_policy::try_huge, .prefault = request::attempt, .lock = request::attempt, .node = 0},
        memory_errc::no_huge_pages);
    EXPECT_TRUE(memory.notes().contains(memory_errc::transparent_refused));
    EXPECT_TRUE(memory.notes().contains(memory_errc::prefault_failed));
    EXPECT_TRUE(memory.notes().contains(memory_errc::lock_not_permitted));
    EXPECT_TRUE(memory.notes().contains(memory_errc::bind_unsupported));
  });
}

TEST(region_faults, no_address_space_left) {
  in_child([] {
    const rlimit limit{address_space_bytes() + 64 * page, address_space_bytes() + 64 * page};
    if (::setrlimit(RLIMIT_AS, &limit) != 0) skip_child("cannot limit the address space");
    expect_error(1024 * page, {.prefault = request::attempt}, memory_errc::no_memory);
    expect_error(1024 * page, try_huge, memory_errc::no_memory);
  });
}

}  // namespace
}  // namespace tidegate
