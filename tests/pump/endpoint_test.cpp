#include "pump/endpoint.hpp"

#include <gtest/gtest.h>

#include "pump/failure.hpp"

namespace tidegate::pump {
namespace {

TEST(endpoint, sources) {
  EXPECT_EQ(parse_source("-").kind, endpoint_kind::standard);
  EXPECT_EQ(parse_source("file:a b:c").path, "a b:c");
  EXPECT_EQ(parse_source("unix-listen:/run/x").path, "/run/x");
  const endpoint four = parse_source("tcp-listen:127.0.0.1:80");
  EXPECT_EQ(four.kind, endpoint_kind::tcp);
  EXPECT_EQ(four.host, "127.0.0.1");
  EXPECT_EQ(four.port, "80");
  EXPECT_EQ(parse_source("tcp-listen::80").host, "");
}

TEST(endpoint, sinks) {
  EXPECT_EQ(parse_sink("-").kind, endpoint_kind::standard);
  EXPECT_EQ(parse_sink("null:").kind, endpoint_kind::null);
  EXPECT_EQ(parse_sink("unix:s").path, "s");
  EXPECT_EQ(parse_sink("log:a/b").kind, endpoint_kind::log);
  EXPECT_EQ(parse_sink("log:a/b").path, "a/b");
  const endpoint six = parse_sink("tcp:[fe80::1]:http");
  EXPECT_EQ(six.host, "fe80::1");
  EXPECT_EQ(six.port, "http");
}

/// The message names what was given and everything that would be accepted.
template <class Parse>
void expect_refused(Parse parse, const char* text) {
  try {
    static_cast<void>(parse(text));
    ADD_FAILURE() << text << " was accepted";
  } catch (const failure& refused) {
    EXPECT_EQ(refused.code(), exit_code::unusable);
    const std::string line = refused.what();
    EXPECT_NE(line.find(std::string("'") + text + "'"), std::string::npos) << line;
    EXPECT_NE(line.find("accepted: -, file:PATH"), std::string::npos) << line;
  }
}

TEST(endpoint, refused_sources) {
  for (const char* text : {"", "x.txt", "file:", "tcp:1.2.3.4:5", "tcp-listen:80",
                           "tcp-listen:host:", "tcp-listen:::1:80", "log:x", "null:", "unix:/x", "http://x"}) {
    expect_refused(parse_source, text);
  }
}

TEST(endpoint, refused_sinks) {
  for (const char* text :
       {"", "x.txt", "file:", "tcp::80", "tcp:host", "tcp-listen:host:80", "null:x", "unix:", "log:"}) {
    expect_refused(parse_sink, text);
  }
}

TEST(endpoint, metrics_are_on_the_loopback_interface_unless_an_address_is_given) {
  const auto address = [](const char* text) {
    const endpoint found = parse_metrics_address(text);
    EXPECT_EQ(found.text, text);
    EXPECT_EQ(found.kind, endpoint_kind::tcp);
    return found.host + " " + found.port;
  };
  EXPECT_EQ(address("9100"), "127.0.0.1 9100");
  EXPECT_EQ(address(":0"), "127.0.0.1 0");
  EXPECT_EQ(address("0.0.0.0:65535"), "0.0.0.0 65535");
  EXPECT_EQ(address("[::]:9100"), ":: 9100");
  EXPECT_EQ(address("localhost:http"), "localhost http");
}

TEST(endpoint, refused_metrics_addresses) {
  for (const char* text : {"", ":", "host", "host:", "65536", "-1", ":+1", "1:2:3", "::1:80", "http"}) {
    EXPECT_THROW(static_cast<void>(parse_metrics_address(text)), failure) << text;
  }
}

}  // namespace
}  // namespace tidegate::pump
