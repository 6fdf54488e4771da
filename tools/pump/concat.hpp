// concat.hpp: joins pieces of text into one string, for messages.
#pragma once

#include <string>
#include <string_view>

namespace tidegate::pump {

template <class... Parts>
[[nodiscard]] std::string concat(const Parts&... parts) {
  std::string joined;
  joined.reserve((std::string_view(parts).size() + ... + 0));
  (joined.append(std::string_view(parts)), ...);
  return joined;
}

}  // namespace tidegate::pump
