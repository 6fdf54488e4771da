// fields.hpp: one JSON object of a scenario file, read key by key; what is wrong ends the program with one clear line.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pump/concat.hpp"
#include "pump/failure.hpp"

namespace tidegate::lab {

class fields {
 public:
  /// `place` is the file and the way to the object, for messages.
  fields(const nlohmann::json& object, std::string place) : object_(object), place_(std::move(place)) {
    if (!object_.is_object()) pump::refuse(pump::concat(place_, ": not an object; accepted: { ... }"));
  }

  [[nodiscard]] bool has(std::string_view key) { return find(key) != nullptr; }
  [[nodiscard]] std::string where(std::string_view key) const { return pump::concat(place_, ".", key); }
  [[nodiscard]] const std::string& place() const noexcept { return place_; }

  /// A number in [least, most]; without `otherwise` it must be there.
  [[nodiscard]] double number(std::string_view key, double least, double most, std::optional<double> otherwise = {}) {
    const nlohmann::json* const value = find(key);
    if (value == nullptr && otherwise) return *otherwise;
    const std::string accepted = pump::concat("a number from ", short_number(least), " to ", short_number(most));
    if (value == nullptr) missing(key, accepted);
    if (!value->is_number() || !(value->get<double>() >= least && value->get<double>() <= most)) {
      wrong(key, *value, accepted);
    }
    return value->get<double>();
  }
  [[nodiscard]] std::uint64_t count(std::string_view key, std::uint64_t least, std::uint64_t most,
                                    std::optional<std::uint64_t> otherwise = {}) {
    const nlohmann::json* const value = find(key);
    if (value == nullptr && otherwise) return *otherwise;
    const std::string accepted =
        pump::concat("a whole number from ", std::to_string(least), " to ", std::to_string(most));
    if (value == nullptr) missing(key, accepted);
    if (!value->is_number_unsigned() || value->get<std::uint64_t>() < least || value->get<std::uint64_t>() > most) {
      wrong(key, *value, accepted);
    }
    return value->get<std::uint64_t>();
  }
  [[nodiscard]] bool flag(std::string_view key, bool otherwise) {
    const nlohmann::json* const value = find(key);
    if (value == nullptr) return otherwise;
    if (!value->is_boolean()) wrong(key, *value, "true or false");
    return value->get<bool>();
  }
  [[nodiscard]] std::string text(std::string_view key, std::optional<std::string> otherwise = {}) {
    const nlohmann::json* const value = find(key);
    if (value == nullptr && otherwise) return *otherwise;
    if (value == nullptr) missing(key, "a text");
    if (!value->is_string()) wrong(key, *value, "a text");
    return value->get<std::string>();
  }
  template <class Choice>
  [[nodiscard]] Choice choice(std::string_view key, std::initializer_list<std::pair<const char*, Choice>> names,
                              std::optional<Choice> otherwise = {}) {
    const nlohmann::json* const value = find(key);
    if (value == nullptr && otherwise) return *otherwise;
    std::string accepted;
    for (const auto& [name, which] : names) {
      if (value != nullptr && value->is_string() && value->get<std::string>() == name) return which;
      accepted += (accepted.empty() ? "" : ", ") + std::string(name);
    }
    if (value == nullptr) missing(key, accepted);
    wrong(key, *value, accepted);
  }
  /// The elements of a list, each with its place; without the key: none.
  [[nodiscard]] std::vector<std::pair<const nlohmann::json*, std::string>> list(std::string_view key) {
    std::vector<std::pair<const nlohmann::json*, std::string>> all;
    const nlohmann::json* const value = find(key);
    if (value == nullptr) return all;
    if (!value->is_array()) wrong(key, *value, "a list [ ... ]");
    for (const nlohmann::json& each : *value) {
      all.emplace_back(&each, pump::concat(where(key), "[", std::to_string(all.size()), "]"));
    }
    return all;
  }
  /// An object below this one.
  [[nodiscard]] fields below(std::string_view key) {
    const nlohmann::json* const value = find(key);
    if (value == nullptr) missing(key, "{ ... }");
    return {*value, where(key)};
  }

  /// Every key was asked for.
  void end() const {
    for (const auto& [key, value] : object_.items()) {
      bool known = false;
      std::string accepted;
      for (const std::string& each : asked_) {
        known = known || each == key;
        accepted += (accepted.empty() ? "" : ", ") + each;
      }
      if (!known) pump::refuse(pump::concat(place_, ": there is no key '", key, "'; accepted: ", accepted));
    }
  }

  [[noreturn]] void wrong(std::string_view key, const nlohmann::json& value, std::string_view accepted) const {
    pump::refuse(pump::concat(where(key), ": ", value.dump(), " is not accepted; accepted: ", accepted));
  }

 private:
  [[nodiscard]] const nlohmann::json* find(std::string_view key) {
    asked_.emplace_back(key);
    const auto found = object_.find(key);
    return found == object_.end() ? nullptr : &*found;
  }
  [[noreturn]] void missing(std::string_view key, std::string_view accepted) const {
    pump::refuse(pump::concat(where(key), " is missing; accepted: ", accepted));
  }
  [[nodiscard]] static std::string short_number(double value) { return nlohmann::json(value).dump(); }

  const nlohmann::json& object_;
  const std::string place_;
  std::vector<std::string> asked_;
};

}  // namespace tidegate::lab
