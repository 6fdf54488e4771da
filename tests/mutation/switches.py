"""Puts many mutants into one copy of the headers, each behind a switch, so that the clients are compiled once for all.

A weaker order becomes a choice between orders, another comparison one between comparisons, and a statement that is left
out stands behind an `if`. Other mutants, and those that do not compile so, get a copy of their own (laboratory.py).
"""

import re

from sites import MINIMUM

SWITCH = "tidegate/base/mutation_switch.hpp"

# Which mutant a program runs is said by its environment. Constant expressions are never changed.
REACHED = "the mutant was reached"
HEADER = """#pragma once
#include <cstdio>
#include <cstdlib>
#include <type_traits>

namespace tidegate::mutation {

inline const int active = std::getenv("TIDEGATE_MUTANT") != nullptr ? std::atoi(std::getenv("TIDEGATE_MUTANT")) : -1;

/// At the end it is told whether the program came to the mutant.
inline struct reaching {
  bool has = false;
  ~reaching() { if (has) std::fputs("{REACHED}\\n", stderr); }
} reached;

[[nodiscard]] constexpr bool is_on(int mutant) noexcept {
  return !std::is_constant_evaluated() && active == mutant && (reached.has = true);
}

/// `as_it_is`, or another one when its mutant is on.
template <class Order>
[[nodiscard]] constexpr Order chosen(Order as_it_is) noexcept { return as_it_is; }
template <class Order, class... Others>
[[nodiscard]] constexpr Order chosen(Order as_it_is, int mutant, Order instead, Others... others) noexcept {
  return is_on(mutant) ? instead : chosen(as_it_is, others...);
}

// `a < comparison<...>{} < b` stands for `a OPERATOR b`, with the precedence of the operator.
struct lt { static constexpr auto of = [](const auto& a, const auto& b) { return a < b; }; };
struct le { static constexpr auto of = [](const auto& a, const auto& b) { return a <= b; }; };
struct gt { static constexpr auto of = [](const auto& a, const auto& b) { return a > b; }; };
struct ge { static constexpr auto of = [](const auto& a, const auto& b) { return a >= b; }; };
struct eq { static constexpr auto of = [](const auto& a, const auto& b) { return a == b; }; };
struct ne { static constexpr auto of = [](const auto& a, const auto& b) { return a != b; }; };

template <class As, class Instead, int Mutant>
struct comparison {};
template <class Left, class As, class Instead, int Mutant>
struct half {
  const Left& left;
};
template <class Left, class As, class Instead, int Mutant>
constexpr half<Left, As, Instead, Mutant> operator<(const Left& left, comparison<As, Instead, Mutant>) {
  return {left};
}
template <class Left, class As, class Instead, int Mutant>
constexpr half<Left, As, Instead, Mutant> operator==(const Left& left, comparison<As, Instead, Mutant>) {
  return {left};
}
template <class Left, class As, class Instead, int Mutant, class Right>
constexpr bool operator<(half<Left, As, Instead, Mutant> left, const Right& right) {
  return is_on(Mutant) ? Instead::of(left.left, right) : As::of(left.left, right);
}
template <class Left, class As, class Instead, int Mutant, class Right>
constexpr bool operator==(half<Left, As, Instead, Mutant> left, const Right& right) {
  return is_on(Mutant) ? Instead::of(left.left, right) : As::of(left.left, right);
}

}  // namespace tidegate::mutation
""".replace("{REACHED}", REACHED)

OPERATORS = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge", "==": "eq", "!=": "ne"}
ORDER = re.compile(r"order::\w+|load_order|store_order")


def difference(mutant):
    """Where the two lines part and meet again, widened to whole words: (begin, old, new)."""
    old, new = mutant.before, mutant.after
    begin = 0
    while begin < min(len(old), len(new)) and old[begin] == new[begin]:
        begin += 1
    end = 0
    while end < min(len(old), len(new)) - begin and old[-1 - end] == new[-1 - end]:
        end += 1
    is_part = re.compile(r"[\w:<>=!]")
    while begin > 0 and is_part.match(old[begin - 1]):
        begin -= 1
    while end > 0 and is_part.match(old[len(old) - end]):
        end -= 1
    return begin, old[begin : len(old) - end], new[begin : len(new) - end]


STATEMENT = re.compile(r"return |if \((?!constexpr)|[\w.]+(\.|->)\w+\(|Sync::\w+\(|tell_of_\w+\(|attempt\(")
CONDITION = re.compile(r"if \((.*)\)( \{| \[\[\w+\]\]|)")


def is_statement(code):
    """A line that can stand behind an `if` as a whole; a declaration cannot."""
    balanced = code.count("(") == code.count(")") and code.count("{") == code.count("}")
    return code in (";", "static_cast<void>(0);") or bool(code.endswith(";") and balanced and STATEMENT.match(code))


def on(number):
    return f"::tidegate::mutation::is_on({number})"


def choice(place, old, choices):
    """What stands instead of `old`, or None. `choices`: (mutant, its number, its text) each."""
    mutant, number, new = choices[0]
    if all(each.kind == "order" for each, _, _ in choices) and ORDER.fullmatch(old):
        return f"::tidegate::mutation::chosen({old}" + "".join(f", {n}, {text}" for _, n, text in choices) + ")"
    if len(choices) == 1 and old in OPERATORS and new in OPERATORS:
        between = "==" if old in ("==", "!=") else "<"
        return (f"{between} ::tidegate::mutation::comparison<::tidegate::mutation::{OPERATORS[old]}, "
                f"::tidegate::mutation::{OPERATORS[new]}, {number}>{{}} {between}")
    if old.startswith("std::min("):
        return "(" + "".join(f"{on(n)} ? {text} : " for _, n, text in choices) + old + ")"
    if len(choices) == 1 and new == "static_cast<void>(0)":
        return f"({on(number)} ? {new} : {old})"
    return None


def place_of(mutant):
    """(begin, old, new) of what changes: a whole call where one is left out."""
    left_out = "static_cast<void>(0)"
    if mutant.kind == "wake" and left_out in mutant.after:
        begin = mutant.after.index(left_out)
        rest = len(mutant.after) - begin - len(left_out)
        return begin, mutant.before[begin : len(mutant.before) - rest], left_out
    for found in MINIMUM.finditer(mutant.before):
        for kept in (1, 2):
            if mutant.after == mutant.before[: found.start()] + found.group(kept) + mutant.before[found.end() :]:
                return found.start(), found.group(0), found.group(kept)
    return difference(mutant)


def switched_line(code, numbers):
    """The line with the switches of some of its mutants (a dictionary of their numbers), and those that are in it."""
    before = code
    places = {}
    for mutant, number in numbers.items():
        begin, old, new = place_of(mutant)
        places.setdefault((begin, old), []).append((mutant, number, new))
    done = []
    last = len(code)
    for (begin, old), choices in sorted(places.items(), key=lambda each: each[0][0], reverse=True):
        text = choice(begin, old, choices) if begin + len(old) <= last else None
        if text is not None:
            code = code[:begin] + text + code[begin + len(old) :]
            last = begin
            done += [mutant for mutant, _, _ in choices]
    for mutant, number in numbers.items():
        if mutant in done:
            continue
        condition, changed = CONDITION.fullmatch(code), CONDITION.fullmatch(mutant.after)
        if is_statement(before) and is_statement(mutant.after):
            code = f"if ({on(number)}) {{ {mutant.after} }} else {{ {code} }}"
        elif condition and changed:
            code = f"if ({on(number)} ? ({changed.group(1)}) : ({condition.group(1)})){condition.group(2)}"
        else:
            continue
        done.append(mutant)
    return code, done


def put_into(include, mutants, without=()):
    """Changes the headers below `include`, but leaves `without` out; the mutants that are in them, by number from 0."""
    numbers = {mutant: number for number, mutant in enumerate(mutants)}
    inside = {}
    (include / SWITCH).write_text(HEADER)
    for file in dict.fromkeys(mutant.file for mutant in mutants):
        header = include / "tidegate" / file
        lines = header.read_text().split("\n")
        of_file = [mutant for mutant in mutants if mutant.file == file]
        for line in {mutant.line for mutant in of_file}:
            here = {mutant: numbers[mutant] for mutant in of_file if mutant.line == line and mutant not in without}
            if not here:
                continue
            blanks = re.match(r"\s*", lines[line]).group(0)
            code, done = switched_line(next(iter(here)).before, here)
            inside.update({mutant: numbers[mutant] for mutant in done})
            if done:
                lines[line] = blanks + code
        text = "\n".join(lines)
        # the empty line behind the pragma makes room, so that all lines keep their numbers
        header.write_text(text.replace("#pragma once\n\n", f'#pragma once\n#include "{SWITCH}"\n', 1))
    return inside
