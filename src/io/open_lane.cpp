#include "io/open_lane.hpp"

#include <cstdlib>
#include <string_view>
#include <utility>

#include "io/feature_names.hpp"
#include "io/group_core.hpp"
#include "io/posix_lanes.hpp"
#include "io/uring_lane.hpp"

namespace tidegate {

namespace detail {

namespace {

constexpr unsigned file_depth = 4;
constexpr const char* inline_reason =
    "pwrite inline: io_uring hands buffered file writes to worker threads, which is slower";

constexpr const char* terminal_reason = "posix: this kernel's io_uring blocks in the write to a terminal that is full";

}  // namespace

backend_choice choose_backend(backend_kind wanted, std::error_code& error) {
  if (wanted != backend_kind::automatic) return {wanted, "asked for by the configuration"};
  const char* const named = std::getenv("TIDEGATE_BACKEND");
  if (named == nullptr || *named == '\0') return {wanted, ""};
  for (const backend_kind kind : {backend_kind::automatic, backend_kind::uring, backend_kind::posix}) {
    if (to_string(kind) == named || (kind == backend_kind::automatic && named == std::string_view("auto")))
      return {kind, "asked for by TIDEGATE_BACKEND"};
  }
  error = sink_errc::bad_backend_name;
  return {wanted, ""};
}

namespace {

/// nullptr and `why` when io_uring cannot serve it; the target is then still whole.
std::unique_ptr<write_lane> open_uring(sink_target& target, const group_core* group, uring_features without,
                                       std::string& why) {
  std::error_code refusal;
  if (group != nullptr) why = group->backend().reason;
  auto ring = group != nullptr ? group->ring() : uring_ring::make({.without = without}, why, refusal);
  if (!ring) return nullptr;
  why = ring->objection_to(target.kind);
  if (!why.empty()) {
    why += " (" + ring->describe() + ")";
    return nullptr;
  }
  why = target.kind == target_kind::socket ? "io_uring SEND, " : "io_uring WRITE, ";
  why += ring->describe();
  const unsigned depth = target.kind == target_kind::file && !target.append ? file_depth : 1;
  const auto how = group != nullptr ? uring_lane::tenancy::shared : uring_lane::tenancy::alone;
  return std::make_unique<uring_lane>(std::move(ring), std::move(target), depth, how);
}

std::unique_ptr<write_lane> open_posix(sink_target target) {
  if (target.kind == target_kind::file) return std::make_unique<posix_file_lane>(std::move(target));
  return std::make_unique<posix_stream_lane>(std::move(target));
}

}  // namespace

std::unique_ptr<write_lane> open_lane(sink_target target, const sink_config& config, backend_report& report,
                                      std::error_code& error) {
  const group_core* const group = config.group != nullptr ? &group_core::of(*config.group) : nullptr;
  const bool by_group = group != nullptr && config.backend == backend_kind::automatic;
  const backend_choice chosen =
      by_group ? backend_choice{backend_kind::automatic, ""} : choose_backend(config.backend, error);
  const uring_features without = left_out(config.without, error);
  if (error) return nullptr;
  report = {backend_kind::posix, chosen.by};
  if (chosen.kind == backend_kind::automatic && target.kind == target_kind::file) report.reason = inline_reason;
  if (chosen.kind == backend_kind::automatic && target.kind == target_kind::terminal) report.reason = terminal_reason;
  const bool stream = target.kind != target_kind::file && target.kind != target_kind::terminal;
  const bool try_uring = chosen.kind == backend_kind::uring || (chosen.kind == backend_kind::automatic && stream);
  if (!try_uring) return open_posix(std::move(target));

  std::string why;
  if (auto made = open_uring(target, group, without, why)) {
    report = {backend_kind::uring, chosen.by.empty() ? why : why + "; " + chosen.by};
    return made;
  }
  if (chosen.kind == backend_kind::uring) {
    error = sink_errc::backend_unavailable;
    return nullptr;
  }
  report.reason = why;
  return open_posix(std::move(target));
}

}  // namespace detail

backend_report probe_uring() {
  std::string why;
  std::error_code error;
  const uring_features without = detail::left_out({}, error);
  if (error) return {backend_kind::posix, error.message()};
  const auto ring = detail::uring_ring::make({.without = without}, why, error);
  if (!ring) return {backend_kind::posix, why};
  why = ring->objection_to(detail::target_kind::socket);
  if (!why.empty()) return {backend_kind::posix, why + " (" + ring->describe() + ")"};
  return {backend_kind::uring, "io_uring SEND, " + ring->describe()};
}

}  // namespace tidegate
