// log_walk.hpp: the rules of a log, in one place: which frame comes next, and what it means where there is none.
//
// Reading, verifying and recovering are the same walk. It goes through the segments in order, each from its first seq
// to the next one's, and stops where no valid frame begins (a tear). Then:
//   - later segments hold records: records are missing before them, that is corruption;
//   - a later header or mark says that the missing seq was durable: corruption;
//   - something valid follows in the file: corruption, unless the segment has marks and none of those behind the tear
//     promises the missing seq: then it is what a power cut leaves of writes that were in flight together;
//   - nothing of this: a torn tail, or the clean end of what was written.
// Corruption ends the walk, or with `salvage` becomes a gap, and the walk goes on behind it. What would have to be
// done to the files is noted on the way, not done.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <vector>

#include "io/log/log_segments.hpp"
#include "io/log/segment_scan.hpp"
#include "tidegate/io/log_reader.hpp"
#include "tidegate/io/log_recovery.hpp"

namespace tidegate::detail {

/// What puts a log right. In the order in which they must be done, for a kill between any two to change nothing.
enum class repair_kind : std::uint8_t {
  close_gap,  ///< write a gap frame over [offset, end), with `seq`
  cut,        ///< truncate to `offset`
  set_aside,  ///< rename out of the log
  rename,     ///< to the name that its header asks for
  remove,     ///< it holds nothing
};

struct repair_step {
  repair_kind kind;
  std::size_t segment;  ///< index in log_walk::segments()
  std::uint64_t offset = 0;
  std::uint64_t end = 0;
  std::uint64_t seq = 0;
};

class log_walk {
 public:
  /// Loads the segments. What is wrong with them is the answer of the first next().
  log_walk(segment_files& files, const log_location& log, const log_reader_config& config);

  /// Goes to the next record, without loading its payload.
  read_status next();
  /// Loads the payload of the record that next() found.
  read_status load_payload();
  /// Ends the walk.
  read_status out_of_memory() noexcept;

  [[nodiscard]] std::uint64_t seq() const noexcept { return seq_; }
  [[nodiscard]] std::uint64_t last_lost() const noexcept { return last_lost_; }
  [[nodiscard]] std::span<const std::byte> payload() const noexcept { return payload_; }
  [[nodiscard]] log_recovery& report() noexcept { return report_; }

  [[nodiscard]] const std::vector<segment_info>& segments() const noexcept { return segments_; }
  [[nodiscard]] const std::vector<repair_step>& steps() const noexcept { return steps_; }

 private:
  static constexpr std::uint64_t no_limit = ~std::uint64_t{0};

  /// What lies behind a tear.
  struct outlook {
    bool continues = false;      ///< later segments hold something
    std::uint64_t promised = 0;  ///< the highest seq that something behind the tear calls durable
    std::optional<found_frame> next;
    std::uint64_t records = 0;  ///< whole ones behind the tear; counted with marks only
    bool known = true;          ///< the search was not given up
  };

  // --- from segment to segment
  bool begin_segment();
  bool open_segment();
  void end_segment();
  [[nodiscard]] std::uint64_t limit_behind(std::size_t index) const noexcept;

  // --- from frame to frame
  std::optional<read_status> take_frame();
  std::optional<read_status> pass_gap();
  std::optional<read_status> stop_at_tear();
  [[nodiscard]] outlook look_behind();
  void survey_rest(outlook& behind);
  bool later_hold_something(std::uint64_t& promised);
  [[nodiscard]] bool holds_frame(const segment_info& segment);
  [[nodiscard]] bool is_corrupt(const outlook& behind) const noexcept;
  void end_here(const outlook& behind);
  std::optional<read_status> pass_damage(const outlook& behind);
  std::optional<read_status> pass_segment();

  read_status fail(std::error_code error, std::string problem);
  read_status fail_reading(std::error_code error, const std::string& path);
  read_status lose(std::uint64_t first, std::uint64_t end, log_damage damage);
  [[nodiscard]] segment_report& here() noexcept { return report_.segments[index_]; }
  [[nodiscard]] const segment_info& info() const noexcept { return segments_[index_]; }

  segment_files& files_;
  const log_reader_config config_;
  std::vector<segment_info> segments_;
  std::vector<repair_step> steps_;
  log_recovery report_;
  std::optional<read_status> ended_;

  segment_scan scan_;
  opened_file file_;  // of segments_[index_], while open_
  bool open_ = false;
  std::size_t index_ = 0;
  std::optional<std::size_t> before_;  // the last segment that was read
  std::uint64_t before_end_ = 0;       // and where what counts of it ends
  std::uint64_t limit_ = no_limit;     // the segment counts up to here, exclusive
  std::uint64_t offset_ = 0;
  std::uint64_t expected_ = 1;  // seq of the next data frame
  found_frame frame_;

  std::uint64_t seq_ = 0;
  std::uint64_t last_lost_ = 0;
  std::span<const std::byte> payload_;
};

}  // namespace tidegate::detail
