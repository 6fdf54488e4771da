#include "io/feature_names.hpp"

#include <algorithm>
#include <cstdlib>

#include "tidegate/io/sink_types.hpp"

namespace tidegate::detail {

namespace {

constexpr const char* variable = "TIDEGATE_URING_WITHOUT";

/// The feature of that name alone, or no feature.
uring_features find(std::string_view name) noexcept {
  for (std::size_t i = 0; i < uring_features::count; ++i) {
    const auto feature = static_cast<uring_feature>(i);
    if (to_string(feature) == name) return {feature};
  }
  return {};
}

}  // namespace

uring_features left_out(uring_features configured, std::error_code& error) {
  const char* const named = std::getenv(variable);
  std::string_view rest = named == nullptr ? "" : named;
  while (!rest.empty()) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const uring_features one = find(rest.substr(0, comma));
    if (one.none()) error = sink_errc::bad_feature_name;
    configured = configured | one;
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return configured;
}

std::string names_of(uring_features features) {
  std::string all;
  for (std::size_t i = 0; i < uring_features::count; ++i) {
    const auto feature = static_cast<uring_feature>(i);
    if (!features.contains(feature)) continue;
    if (!all.empty()) all += ',';
    all += to_string(feature);
  }
  return all;
}

std::string feature_names_message() {
  std::string text = std::string(variable) + " must be names separated by commas, out of:";
  for (std::size_t i = 0; i < uring_features::count; ++i) {
    text += ' ';
    text += to_string(static_cast<uring_feature>(i));
  }
  return text;
}

}  // namespace tidegate::detail
