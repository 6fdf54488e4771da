// choices.hpp: values of options, checked: each refusal names the option, what was given and what is accepted.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "pump/concat.hpp"
#include "pump/failure.hpp"

namespace tidegate::pump {

[[noreturn]] inline void refuse_value(std::string_view option, std::string_view text, std::string_view accepted) {
  refuse(concat(option, " '", text, "' is not accepted; accepted: ", accepted));
}

/// The number in `text`, which `option` allows between `least` and `most`.
template <class Parse>
std::uint64_t bounded(std::string_view option, const std::string& text, Parse parse, std::string_view forms,
                      std::uint64_t least, std::uint64_t most) {
  const auto value = parse(text);
  if (!value || *value < least || *value > most) {
    refuse_value(option, text, concat(forms, ", from ", std::to_string(least), " to ", std::to_string(most)));
  }
  return *value;
}

template <class Value>
Value chosen(std::string_view option, const std::string& text,
             std::initializer_list<std::pair<std::string_view, Value>> values) {
  std::string accepted;
  for (const auto& [name, value] : values) {
    if (name == text) return value;
    accepted += concat(accepted.empty() ? "" : ", ", name);
  }
  refuse_value(option, text, accepted);
}

}  // namespace tidegate::pump
