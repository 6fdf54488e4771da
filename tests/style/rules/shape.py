"""The shape of C++ files: headers, functions, names."""
import re

import functions

HEADER_LINES = 400
HEADER_LINES_AIM = 250
FUNCTION_LINES = 60
LAYERS_WITH_EXAMPLES = ("memory", "ring", "wait", "flow", "queue", "pipeline", "observe", "io")

_COUNT_MEMBER = re.compile(r"([\w>&*\]]+)\s+(size|empty)\s*\(\s*\)\s*(?:const|noexcept|\{|;|->)")


def header_opens_with_its_card(repo):
    """A header's first line is `// NAME: what it is`, and #pragma once is its first directive."""
    for file in repo.headers():
        stem = file.name.removesuffix(".hpp")
        if not re.match(rf"// {re.escape(stem)}(\.hpp)?: \S", file.lines[0]):
            yield file.path, 1, f"the first line should be `// {file.name}: what it is`"
        directives = [line.strip() for line in file.code_lines if line.strip()]
        if not directives or directives[0] != "#pragma once":
            yield file.path, 1, "#pragma once should come before everything but the card"


def header_length(repo):
    """A header has at most 400 lines (aim: 250)."""
    for file in repo.headers():
        if len(file.lines) - 1 > HEADER_LINES:
            yield file.path, HEADER_LINES, f"{len(file.lines) - 1} lines, at most {HEADER_LINES}"


def function_length(repo):
    """A function has at most 60 lines (aim: 30)."""
    for file in repo.cpp():
        for function in functions.functions(file.code):
            length = function.last - function.first + 1
            if length > FUNCTION_LINES:
                yield file.path, function.first, f"{function.name}() has {length} lines, at most {FUNCTION_LINES}"


def no_size_or_empty(repo):
    """Rings and queues declare no size() and no empty(): an observation is called depth_hint() or credits_hint()."""
    for file in repo.under("include/tidegate/ring", "include/tidegate/queue"):
        for match in _COUNT_MEMBER.finditer(file.code):
            if match[1] != "return":
                yield file.path, file.line_of(match.start(2)), f"{match[2]}() is what no concurrent queue can promise"


def no_macros(repo):
    """No public header but base/config.hpp defines a macro."""
    for file in repo.headers():
        for number, line in enumerate(file.code_lines, 1):
            if re.match(r"\s*#\s*define\b", line) and file.path != "include/tidegate/base/config.hpp":
                yield file.path, number, "macros live in base/config.hpp only"


def no_volatile(repo):
    """No volatile, except in an asm statement."""
    for file in repo.under("include", "src", "tools", "examples"):
        for number, line in enumerate(file.code_lines, 1):
            if re.search(r"(?<!asm )(?<!asm__ )\bvolatile\b", line):
                yield file.path, number, "volatile orders nothing between threads; use the Sync policy"


def no_suppressions(repo):
    """The library silences no warning and no sanitizer."""
    for file in repo.library():
        for number, line in enumerate(file.lines, 1):
            if match := re.search(r"NOLINT|no_sanitize|#\s*pragma (?:GCC|clang) diagnostic|@suppress", line):
                yield file.path, number, f"'{match[0]}': mend the cause"


def is_public(file):
    """A header that opens a namespace other than tidegate::detail."""
    spaces = re.findall(r"\bnamespace\s+([\w:]+)\s*\{", file.code)
    return not spaces or any("detail" not in space.split("::") for space in spaces)


def _included(repo, folder):
    return {path for file in repo.under(folder) for _, path, _ in file.includes}


def public_header_has_a_test(repo):
    """Each public header is included by a test."""
    tested = _included(repo, "tests")
    for file in repo.headers():
        if is_public(file) and file.path.removeprefix("include/") not in tested:
            yield file.path, 1, "no file in tests/ includes this header"


def public_header_has_an_example(repo):
    """Each public header above base/ is included by an example."""
    shown = _included(repo, "examples")
    for file in repo.headers():
        path = file.path.removeprefix("include/")
        if path.startswith(tuple(f"tidegate/{layer}/" for layer in LAYERS_WITH_EXAMPLES)) and is_public(file):
            if path not in shown:
                yield file.path, 1, "no file in examples/ includes this header"


def long_headers(repo):
    """(path, lines) of headers over the aim; advice, not a finding."""
    return [(file.path, len(file.lines) - 1) for file in repo.headers() if len(file.lines) - 1 > HEADER_LINES_AIM]


RULES = [
    header_opens_with_its_card,
    header_length,
    function_length,
    no_size_or_empty,
    no_macros,
    no_volatile,
    no_suppressions,
    public_header_has_a_test,
    public_header_has_an_example,
]
