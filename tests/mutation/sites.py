"""Finds what can be weakened in the concurrent headers: one mutant is one change of one line.

  order    a memory order becomes a weaker one
  fence    a fence is left out
  wake     a notify, a futex wake or a call that tells somebody is left out
  recheck  a second look, a loop's way back or a refresh is left out
  bound    a comparison is off by one, a step or a limit is left out
  guard    a check of the exchange ring is left out, or a compare-exchange becomes a store
"""

import re
from dataclasses import dataclass
from pathlib import Path

FOLDERS = ("ring", "wait", "flow", "queue")
FILES = ("base/living_threads.hpp",)  # of other folders

# What other tests show: which arguments are refused (contract), which layout an element gets and whether an account
# balances (unit), which ring offers push_evict() (compile_fail), the lease of a real thread (unit), how long a thread
# waits in courtesy, and what type a pop hands out (whatever compiles).
ELSEWHERE = ("abort_with", "max_capacity", "ring_layout", "capacity_limit", "are_accepted", "most_rows", "entry_layout",
             "entry_element_bytes", "balance_of_", "options.elements", "Options.evicts>", "table().leave", "key_ == 0",
             "most_backoff_log2", "popped_type = ")

# What a stronger order can become, weakest last. A half of acq_rel is tried by itself.
WEAKER = {
    "seq_cst": ("acq_rel", "relaxed"),
    "acq_rel": ("acquire", "release", "relaxed"),
    "acquire": ("relaxed",),
    "release": ("relaxed",),
}


@dataclass(frozen=True)
class Mutant:
    file: str  # below include/tidegate
    line: int  # from 0
    kind: str
    before: str  # the line's code, without blanks around and without its comment
    after: str
    occurrence: int  # among equal lines of the file, from 1

    @property
    def name(self):
        """What the list of survivors calls it: no line numbers, which move."""
        again = f" #{self.occurrence}" if self.occurrence > 1 else ""
        return f"{self.file}: {self.before}{again}  =>  {self.after}"


def without_comment(line):
    return line.split("//")[0].rstrip()


def orders(code):
    """A weaker order in place of each one."""
    for found in re.finditer(r"order::(seq_cst|acq_rel|acquire|release)\b", code):
        for weaker in weaker_orders(code, found):
            yield code[: found.start()] + "order::" + weaker + code[found.end() :]
    for found in re.finditer(r"(?<=[(\s,])(load_order|store_order)(?=\))", code):
        yield code[: found.start()] + "order::relaxed" + code[found.end() :]


def weaker_orders(code, found):
    """A load cannot release and a store cannot acquire: half of seq_cst is then the other half."""
    strong = found.group(1)
    call = re.findall(r"\b(load|store|exchange|fetch_\w+|compare_exchange_\w+)\(", code[: found.start()])
    is_load = "load_order" in code or (call and call[-1] == "load")
    is_store = "store_order" in code or (call and call[-1] == "store")
    for weaker in WEAKER[strong]:
        if weaker == "acq_rel" and is_load:
            weaker = "acquire"
        if weaker == "acq_rel" and is_store:
            weaker = "release"
        yield weaker


def fences(code):
    if re.fullmatch(r"\s*Sync::light_fence\(\);", code):
        yield re.sub(r"Sync::light_fence\(\);", ";", code)
    if "Sync::heavy_fence()" in code:
        yield code.replace("Sync::heavy_fence()", "true")


# A notify of somebody, or a call that does nothing else; its arguments may hold a call.
WAKE = re.compile(r"(?:\b\w+(?:\.|->))+(?:notify|tell_of_\w+)\((?:[^()]|\([^()]*\))*\)|\btell_of_\w+\([^()]*\)")


def wakes(code):
    for found in WAKE.finditer("" if re.search(r"\bvoid tell_of_", code) else code):
        yield code[: found.start()] + "static_cast<void>(0)" + code[found.end() :]
    wake = "Sync::futex_wake(word_, claimed == counted ? everyone : claimed)"
    if wake in code:
        yield code.replace(wake, "claimed")
        yield code.replace("claimed == counted ? everyone : claimed", "claimed")


LOOKS_AGAIN = re.compile(r"attempt\(\)|look\(\)|refresh_limit|reached\(|continue;|look_closer")


def rechecks(code):
    """A whole `if (...) ...;` on one line that looks again, or gives up."""
    if re.match(r"\s*if \(.*\).*;$", code) and LOOKS_AGAIN.search(code):
        yield re.match(r"\s*", code).group(0) + ";"
    for again in (" || refresh_limit(tail)", " || look()"):
        if again in code:
            yield code.replace(again, "")


MINIMUM = re.compile(r"std::min\(([^(),]+(?:\([^()]*\))?), ([^(),]+(?:\([^()]*\))?)\)")
OFF_BY_ONE = {"<=": "<", "<": "<=", ">=": ">", ">": ">=", "==": "!=", "!=": "=="}


def bounds(code):
    if not re.search(r"constexpr|static_assert|template|requires|#include|for \(", code):
        for found in re.finditer(r" (<=|>=|<|>|==|!=) ", code):
            yield code[: found.start(1)] + OFF_BY_ONE[found.group(1)] + code[found.end(1) :]
    for found in re.finditer(r"(advanced\([^()]*, )1\)", code):
        yield code[: found.start()] + found.group(1) + "0)" + code[found.end() :]
    for found in MINIMUM.finditer(code):
        for kept in (1, 2):
            yield code[: found.start()] + found.group(kept) + code[found.end() :]
    if " + std::uint32_t{1}" in code:
        yield code.replace(" + std::uint32_t{1}", "")
    if " - claimed * one_sleeper" in code:
        yield code.replace(" - claimed * one_sleeper", "")


# What keeps helping right: docs/proof.md, "Guards".
GUARDS = {
    "if (this->entry(at).load(order::relaxed) != offered) return false;": ";",
    " && (request::number(record) & word::sequence_mask) == word::sequence(offered)": "",
    " && word::sequence(seen) == (me.number & word::sequence_mask)": "",
    "word::value(seen) == request::received(record) && ": "",
    " && word::row(seen) == row": "",
    "if (!to.record.compare_exchange_strong(record, done, order::release, order::relaxed)) continue;":
        "to.record.store(done, order::release);",
    "if (record != done) return true;": ";",
    "return row.record.compare_exchange_strong(expected, request::idle(me.number), order::relaxed, order::relaxed);":
        "return row.record.store(request::idle(me.number), order::relaxed), expected != 0;",
    " || (evicting && !request::evicts(record))": "",
    "| (entry & close_bit) |": "|",
    "+ (offer & close_bit) +": "+",
    "(entry & (close_bit | value_mask))": "(entry & value_mask)",
    "if (Side == side::push && word::closes(seen.entry)) [[unlikely]]": "if (false)",
    "if (Side == side::pop && word::closes(seen.entry)) return sight::closed;": ";",
    "if (Side == side::push && is_closing()) {": "if (false) {",
    "if (Side == side::push && is_closing()) [[unlikely]]": "if (false)",
    "if (is_offered && word::has_victim(seen.entry)) {": "if (false) {",
    "if (is_later(to, hinted)) hint": "hint",
    "if (word::closes(seen.entry)) return;": ";",
    "if constexpr (!Setup::is_plain(side::push)) set_close_bit(settled);": ";",
    "if (holder == held_by_handle || ": "if (",
    "(holder != 0 && Sync::lives(holder))": "holder != 0",
    "if (me != 0 && number": "if (number",
    "if (is_taken(word)) continue;": ";",
    "if (Side == side::pop && has_ended()) return sight::closed;": ";",
    "if (Side == side::pop && has_ended()) return answer::closed;": ";",
    "if (word::is_closed(taken) && !word::is_closed(seen)) [[unlikely]] {": "if (false) {",
    "if (word::is_closed(seen)) return false;": ";",
    "place_.close();": ";",
    "closing_.store(true, order::release);": ";",
    " && word::names(proposed, offer)": "",
    " && word::seat(offer) == at": "",
    " && word::names(offer, proposed);": ";",
    "if (word::state(seen) == state::proposed) seen = settle(": "if (false) seen = settle(",
    "if (met) tell(": "if (false) tell(",
    "if (is_filled(mine, tell)) return true;": ";",
    " && word::number(seen) == word::number(mine.open)": "",
    " && word::state(seen) != state::proposed": "",
}


def guards(code):
    for text, without in GUARDS.items():
        if text in code:
            yield code.replace(text, without)


OPERATORS = {"guard": guards, "order": orders, "fence": fences, "wake": wakes, "recheck": rechecks, "bound": bounds}


def mutants_of(file, text):
    """Every mutant of one header."""
    seen = {}
    for number, line in enumerate(text.split("\n")):
        code = without_comment(line)
        if not code.strip() or any(word in code for word in ELSEWHERE):
            continue
        seen[code.strip()] = seen.get(code.strip(), 0) + 1
        for kind, operator in OPERATORS.items():
            for changed in dict.fromkeys(operator(code)):
                yield Mutant(file, number, kind, code.strip(), changed.strip(), seen[code.strip()])


def apply(mutant, text):
    """The header with the change; the line keeps its place, so that messages name it."""
    lines = text.split("\n")
    blanks = re.match(r"\s*", lines[mutant.line]).group(0)
    lines[mutant.line] = blanks + mutant.after
    return "\n".join(lines)


def all_mutants(include):
    root = Path(include) / "tidegate"
    headers = [header for folder in FOLDERS for header in sorted((root / folder).rglob("*.hpp"))]
    for header in headers + [root / file for file in FILES]:
        yield from mutants_of(str(header.relative_to(root)), header.read_text())
