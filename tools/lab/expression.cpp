#include "lab/expression.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <vector>

#include "lab/theory.hpp"
#include "pump/concat.hpp"

namespace tidegate::lab {
namespace {

using pump::concat;

struct function {
  std::string_view name;
  std::size_t arguments;
  double (*of)(const std::vector<double>&);
};

std::size_t whole(double number) {
  if (!(number >= 0 && number <= 1e7)) throw formula_error("a number of servers or places is not from 0 to 10^7");
  return static_cast<std::size_t>(number);
}
theory::mmck equilibrium(const std::vector<double>& of) {
  return theory::mmck_of(of[0], of[1], whole(of[2]), whole(of[3]));
}

constexpr std::array<function, 6> functions{{
    {"min", 2, [](const std::vector<double>& of) { return std::min(of[0], of[1]); }},
    {"max", 2, [](const std::vector<double>& of) { return std::max(of[0], of[1]); }},
    {"erlang_b", 2, [](const std::vector<double>& of) { return theory::erlang_b(whole(of[0]), of[1]); }},
    {"mmck_blocked", 4, [](const std::vector<double>& of) { return equilibrium(of).blocked; }},
    {"mmck_inside", 4, [](const std::vector<double>& of) { return equilibrium(of).inside; }},
    {"mmck_sojourn", 4, [](const std::vector<double>& of) { return equilibrium(of).sojourn_s; }},
}};

/// Recursive descent: sum, product, factor.
class parser {
 public:
  parser(std::string_view text, const name_lookup& value_of) : rest_(text), whole_(text), value_of_(value_of) {}

  double all() {
    const double value = sum();
    if (peek() != '\0') fail(concat("'", rest_, "' is left over"));
    return value;
  }

 private:
  [[noreturn]] void fail(const std::string& why) const { throw formula_error(concat("'", whole_, "': ", why)); }

  char peek() {
    while (!rest_.empty() && rest_.front() == ' ') rest_.remove_prefix(1);
    return rest_.empty() ? '\0' : rest_.front();
  }
  bool took(char one) {
    if (peek() != one) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void need(char one) {
    if (!took(one)) fail(concat("'", std::string(1, one), "' is missing before '", rest_, "'"));
  }

  double sum() {
    double value = product();
    for (;;) {
      if (took('+')) {
        value += product();
      } else if (took('-')) {
        value -= product();
      } else {
        return value;
      }
    }
  }
  double product() {
    double value = factor();
    for (;;) {
      if (took('*')) {
        value *= factor();
      } else if (took('/')) {
        value /= factor();
      } else {
        return value;
      }
    }
  }
  double factor() {
    constexpr unsigned deepest = 100;
    if (++depth_ > deepest) throw formula_error("a formula is nested deeper than 100");
    const double value = inner_factor();
    --depth_;
    return value;
  }
  double inner_factor() {
    if (took('-')) return -factor();
    if (took('(')) {
      const double value = sum();
      need(')');
      return value;
    }
    const char first = peek();
    if (std::isdigit(static_cast<unsigned char>(first)) != 0) return number();
    if (std::isalpha(static_cast<unsigned char>(first)) != 0) return name();
    fail(rest_.empty() ? std::string("it ends too early") : concat("'", rest_, "' begins no value"));
  }
  double number() {
    double value = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc{}) fail(concat("'", rest_, "' begins no number"));
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return value;
  }
  double name() {
    std::size_t length = 0;
    const auto belongs = [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.';
    };
    while (length < rest_.size() && belongs(rest_[length])) ++length;
    const std::string_view called = rest_.substr(0, length);
    rest_.remove_prefix(length);
    if (took('(')) return call(called);
    const std::optional<double> value = value_of_(called);
    if (!value) fail(concat("nothing is called '", called, "' here"));
    return *value;
  }
  double call(std::string_view called) {
    std::vector<double> arguments{sum()};
    while (took(',')) arguments.push_back(sum());
    need(')');
    for (const function& each : functions) {
      if (each.name != called) continue;
      if (each.arguments == arguments.size()) return each.of(arguments);
      fail(concat(called, "() takes ", std::to_string(each.arguments), " arguments"));
    }
    fail(concat("there is no function '", called,
                "'; accepted: min, max, erlang_b, mmck_blocked, mmck_inside, mmck_sojourn"));
  }

  std::string_view rest_;
  const std::string_view whole_;
  const name_lookup& value_of_;
  unsigned depth_ = 0;  // of factors in factors
};

}  // namespace

double evaluate(std::string_view formula, const name_lookup& value_of) { return parser(formula, value_of).all(); }

}  // namespace tidegate::lab
