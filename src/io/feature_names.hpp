// feature_names.hpp: what of io_uring is left out: the configuration and TIDEGATE_URING_WITHOUT together.
#pragma once

#include <string>
#include <string_view>
#include <system_error>

#include "tidegate/io/uring_features.hpp"

namespace tidegate::detail {

/// `configured` and what the environment names; sink_errc::bad_feature_name when it names something else.
[[nodiscard]] uring_features left_out(uring_features configured, std::error_code& error);

/// "a,b" for a log line.
[[nodiscard]] std::string names_of(uring_features features);

/// What sink_errc::bad_feature_name means, with all names.
[[nodiscard]] std::string feature_names_message();

}  // namespace tidegate::detail
