#include "pump/endpoint.hpp"

#include <charconv>
#include <optional>
#include <span>
#include <system_error>

#include "pump/concat.hpp"
#include "pump/failure.hpp"

namespace tidegate::pump {
namespace {

struct scheme {
  std::string_view prefix;
  endpoint_kind kind;
};

struct role {
  std::string_view name;
  std::string_view accepted;
  std::span<const scheme> schemes;
  unsigned least_port;  // 0: any free one
};

constexpr scheme source_schemes[] = {
    {"file:", endpoint_kind::file}, {"tcp-listen:", endpoint_kind::tcp}, {"unix-listen:", endpoint_kind::unix_socket}};
constexpr scheme sink_schemes[] = {{"file:", endpoint_kind::file},
                                   {"tcp:", endpoint_kind::tcp},
                                   {"unix:", endpoint_kind::unix_socket},
                                   {"log:", endpoint_kind::log},
                                   {"null:", endpoint_kind::null}};
constexpr role source_role{"source", "-, file:PATH, tcp-listen:ADDR:PORT or unix-listen:PATH", source_schemes, 0};
constexpr role sink_role{"sink", "-, file:PATH, tcp:ADDR:PORT, unix:PATH, log:DIR or null:", sink_schemes, 1};

[[noreturn]] void refuse_endpoint(const role& as, std::string_view text, std::string_view why) {
  refuse(concat("'", text, "' is not a ", as.name, why, "; accepted: ", as.accepted));
}

/// "HOST:PORT", "[IPV6]:PORT" or ":PORT".
bool split_address(std::string_view rest, endpoint& into) {
  const std::size_t colon = rest.rfind(':');
  if (colon == std::string_view::npos || colon + 1 == rest.size()) return false;
  std::string_view host = rest.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (!bracketed && host.find(':') != std::string_view::npos) return false;  // which colon begins the port?
  into.host = host;
  into.port = rest.substr(colon + 1);
  return true;
}

/// A number from `least` to 65535, or the name of a service. The resolver would cut a larger number to 16 bits.
bool is_port(std::string_view port, unsigned least) {
  if (port.find_first_of(" \t+-") == 0) return false;
  if (port.find_first_of("0123456789") != 0) return true;
  unsigned number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  return error == std::errc() && end == port.data() + port.size() && number >= least && number <= 65535;
}

endpoint parse(std::string_view text, const role& as) {
  endpoint found;
  found.text = text;
  if (text == "-") return found;
  for (const scheme& candidate : as.schemes) {
    if (!text.starts_with(candidate.prefix)) continue;
    const std::string_view rest = text.substr(candidate.prefix.size());
    found.kind = candidate.kind;
    if (found.kind == endpoint_kind::tcp) {
      if (!split_address(rest, found)) refuse_endpoint(as, text, " (it needs ADDR:PORT, an IPv6 ADDR in brackets)");
      if (!is_port(found.port, as.least_port)) refuse_endpoint(as, text, " (a port is a number up to 65535)");
      return found;
    }
    if (found.kind == endpoint_kind::null && !rest.empty()) break;
    if (found.kind != endpoint_kind::null && rest.empty()) refuse_endpoint(as, text, " (it needs a path)");
    found.path = rest;
    return found;
  }
  refuse_endpoint(as, text, text.find(':') == std::string_view::npos ? " (a file is written file:PATH)" : "");
}

}  // namespace

endpoint parse_metrics_address(std::string_view text) {
  endpoint found;
  found.kind = endpoint_kind::tcp;
  found.text = text;
  const bool bare = !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
  if (bare ? !is_port(found.port = text, 0) : !split_address(text, found) || !is_port(found.port, 0)) {
    refuse(concat("--metrics '", text, "' is not accepted; accepted: PORT, :PORT or ADDR:PORT, an IPv6 ADDR in ",
                  "brackets; PORT from 0 (any free one) to 65535; without ADDR on 127.0.0.1"));
  }
  if (found.host.empty()) found.host = "127.0.0.1";
  return found;
}

endpoint parse_source(std::string_view text) { return parse(text, source_role); }

endpoint parse_sink(std::string_view text) {
  endpoint found = parse(text, sink_role);
  if (found.kind == endpoint_kind::tcp && found.host.empty())
    refuse_endpoint(sink_role, text, " (it needs an address)");
  return found;
}

}  // namespace tidegate::pump
