#!/usr/bin/env python3
"""Feeds every rule something bad, which it must find, and something good, which it must leave alone."""
import os
import sys
import textwrap

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

import functions
import rules
from repo import Repo, Source

RING = "include/tidegate/ring/x.hpp"
SINK = "src/io/x.cpp"
PAIR = "// [a] pairs with the load\nx.store(1, order::release);\n// [a] pairs with the store\nx.load(order::acquire);\n"
LOG = "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- a\n\n## [0.1.0] - 2026-01-31\n"


def lines(count):
    return "  work();\n" * count


# rule: (bad snippets, good snippets). A snippet is the text of RING, or {path: text}.
CASES = {
    "include_direction": (
        ['#include "tidegate/wait/y.hpp"\n', {"src/observe/x.cpp": '#include "tidegate/io/y.hpp"\n'}],
        ['#include "tidegate/base/y.hpp"\n', '#include "tidegate/ring/y.hpp"\n', '// #include "tidegate/wait/y.hpp"\n'],
    ),
    "umbrella_is_core": (
        [{"include/tidegate/tidegate.hpp": '#include "tidegate/io/y.hpp"\n'}],
        [{"include/tidegate/tidegate.hpp": '#include "tidegate/queue/y.hpp"\n'}],
    ),
    "include_spelling": (
        [
            "#include <tidegate/base/y.hpp>\n",
            '#include "y.hpp"\n',
            '#include "tidegate/tidegate.hpp"\n',
            {SINK: '#include "tools/pump/y.hpp"\n'},
            {SINK: '#include "../y.hpp"\n'},
        ],
        ['#include "tidegate/base/y.hpp"\n', "#include <vector>\n", {SINK: '#include "io/y.hpp"\n'}],
    ),
    "liburing_stays_in_io": (
        [{"include/tidegate/io/x.hpp": "#include <liburing.h>\n"}],
        [{SINK: "#include <liburing.h>\n"}],
    ),
    "kernel_is_part_of_the_seam": (
        ['#include "tidegate/base/kernel.hpp"\n'],
        [{"include/tidegate/memory/x.hpp": '#include "tidegate/base/kernel.hpp"\n'}],
    ),
    "machine_behind_the_seam": (
        [
            "std::atomic<int> x;\n",
            "std::atomic_ref x(y);\n",
            "#include <atomic>\n",
            "x.load(std::memory_order_acquire);\n",
            "::syscall(1);\n",
            "auto n = SYS_futex;\n",
            "auto t = std::chrono::steady_clock::now();\n",
            {SINK: "clock_gettime(CLOCK_MONOTONIC, &t);\n"},
            {SINK: "std::mutex m;\n"},
            "std::this_thread::yield();\n",
            'asm volatile("");\n',
        ],
        [
            "std::chrono::steady_clock::time_point t;\n// std::atomic\n",
            "auto t = Sync::now();\n",
            'log("std::atomic");\n',
            {"include/tidegate/base/sync.hpp": "std::atomic<int> x;\n"},
            {"tools/pump/x.cpp": "std::mutex m;\n"},
        ],
    ),
    "order_is_explicit": (
        [
            "x.load();\n",
            "x->store(1);\n",
            "x.fetch_add(1);\n",
            "x.exchange(y.load(order::relaxed));\n".replace("y.load(order::relaxed)", "1"),
            "x.compare_exchange_weak(a, b, order::acquire);\n",
        ],
        [
            "x.load(order::relaxed);\n",
            "x.store(f(1, 2),\n        order::release);\n",
            "constexpr auto store_order = order::release;\nx.store(1, store_order);\n",
            "x.compare_exchange_weak(a, b, order::acquire, order::relaxed);\n",
            "// x.load()\n",
        ],
    ),
    "order_is_tagged": (
        [
            "x.store(1, order::release);\n",
            "x.load(order::seq_cst);  // without a name\n",
            "constexpr auto load_order = order::acquire;\nx.load(load_order);\n",
            "// [a] too far\n\n\n\n\nx.load(order::acquire);\n",
            "y = 1;  // [a] speaks about y\nx.load(order::acquire);\n",
            "Sync::light_fence();\n",
        ],
        [
            "x.load(order::acquire);  // [a] pairs with the store\n",
            "// [a] pairs with\n// the store\nx.load(order::acquire);\n",
            "x.load(order::relaxed);\n",
            "Sync::light_fence();  // [sleep]\n",
            "static void light_fence() noexcept;\n",
        ],
    ),
    "relaxed_is_explained": (
        ["x.load(order::relaxed);\n", "x.fetch_add(1, order::relaxed);\n", "y;  // about y\nx.load(order::relaxed);\n"],
        ["x.load(order::relaxed);  // own variable\n", "// ours\nx.load(order::relaxed);\ny.load(order::relaxed);\n"],
    ),
    "tags_are_paired": (
        [
            "x.store(1, order::release);  // [a]\n",
            "x.load(order::acquire);  // [a]\n",
            "x.store(1, order::release);  // [a]\ny.store(1, order::release);  // [a]\n",
            "x.exchange(1, order::seq_cst);  // [a]\n",
            PAIR.replace("[a] pairs with the load", "[b] pairs with the load"),
            "x.store(1, order::seq_cst);  // [a]\ny.store(1, order::seq_cst);  // [a]\n",
        ],
        [
            PAIR,
            "constexpr auto o_order = order::release;\nx.store(1, o_order);  // [a]\nx.load(order::acquire);  // [a]\n",
            "x.exchange(1, order::seq_cst);  // [a]\ny.exchange(1, order::seq_cst);  // [a]\n",
            "Sync::light_fence();  // [a]\nSync::heavy_fence();  // [a]\n",
            {RING: "x.store(1, order::release);  // [a]\n", SINK: "x.load(order::acquire);  // [a]\n"},
        ],
    ),
    "header_opens_with_its_card": (
        ["#pragma once\n", "// y.hpp: another\n#pragma once\n", "// x.hpp: a ring\n#include <a>\n#pragma once\n"],
        ["// x.hpp: a ring\n#pragma once\n", "// x: a ring\n//\n// more\n#pragma once\n#include <a>\n"],
    ),
    "header_length": (["\n" * 401], ["\n" * 400]),
    "function_length": (
        [
            "void f() {\n" + lines(59) + "}\n",
            "template <class T>\nclass c {\n  c() : a_{1}, b_(2) {\n" + lines(60) + "  }\n};\n",
            "void f() noexcept {\n  auto g = [] {\n" + lines(58) + "  };\n}\n",
            {"tests/x.cpp": "TEST(a, b) {\n" + lines(60) + "}\n"},
        ],
        [
            "void f() {\n" + lines(58) + "}\n",
            "class c {\n" + "  void f() {\n    work();\n  }\n" * 30 + "};\n",
            "namespace a {\n" + "int x = f();\n" * 80 + "}\n",
            "const table t = {\n" + '    {"a", 1},\n' * 80 + "};\n",
        ],
    ),
    "no_size_or_empty": (
        ["std::size_t size() const;\n", "bool empty() noexcept { return true; }\n", "auto size() -> int;\n"],
        ["return size();\n", "spans.size();\n", {"include/tidegate/io/x.hpp": "std::size_t size() const;\n"}],
    ),
    "no_macros": (
        ["#define TIDEGATE_X 1\n", "  # define X\n"],
        [{"include/tidegate/base/config.hpp": "#define X 1\n"}, {SINK: "#define _GNU_SOURCE\n"}, "// #define\n"],
    ),
    "no_volatile": (
        ["volatile int x;\n", {"tools/x.cpp": "volatile std::sig_atomic_t stop;\n"}],
        ['asm volatile("");\n', "std::is_volatile_v<T>;\n", "// volatile\n"],
    ),
    "no_suppressions": (
        ["int x;  // NOLINT\n", '__attribute__((no_sanitize("thread")))\n', '#pragma GCC diagnostic ignored "-Wx"\n'],
        ["#pragma once\n", {"tests/x.cpp": "int x;  // NOLINT\n"}],
    ),
    "public_header_has_a_test": (
        ["namespace tidegate {\n}\n", {RING: "", "examples/y.cpp": '#include "tidegate/ring/x.hpp"\n'}],
        [
            "namespace tidegate::detail {\n}\n",
            {RING: "", "tests/unit/x.cpp": '#include "tidegate/ring/x.hpp"\n'},
            {RING: "", "tests/unit/x.cpp": "#include <tidegate/ring/x.hpp>\n"},
        ],
    ),
    "public_header_has_an_example": (
        ["namespace tidegate {\n}\n", {RING: "", "tests/y.cpp": '#include "tidegate/ring/x.hpp"\n'}],
        [
            "namespace tidegate::detail {\n}\n",
            {RING: "", "examples/x.cpp": "#include <tidegate/ring/x.hpp>\n"},
            {"include/tidegate/base/x.hpp": "namespace tidegate {\n}\n"},
        ],
    ),
    "small_files": (["x" * 200_001], ["x" * 200_000]),
    "no_tabs": (["a\tb\n"], ["a b\n"]),
    "clean_line_ends": (["a \n", "a\r\n", "a", "a\n\n"], ["a\n", ""]),
    "line_length": (
        ["x" * 121 + "\n", {"README.md": "x" * 121 + "\n"}],
        ["x" * 120 + "\n", {"README.md": "|" + "x" * 130 + "\n"}, {"README.md": "[a](https://" + "x" * 130 + ")\n"}],
    ),
    "no_unfinished_words": (
        ["// TODO: more\n", {"docs/x.md": "For now, for now only.\n"}, {"tools/x": "# FIXME\n"}],
        ["// a to-do list\n", "// before noon\n"],
    ),
    "scripts_stop_at_errors": (
        [{"tools/x": "#!/usr/bin/env bash\nfalse\n"}],
        [{"tools/x": "#!/usr/bin/env bash\nset -euo pipefail\n"}, {"tools/y.py": "#!/usr/bin/env python3\n"}],
    ),
    "one_title": (
        [{"README.md": "# a\n\n# b\n"}, {"docs/x.md": "text\n"}],
        [{"README.md": "# a\n\n## b\n\n```\n# not a title\n```\n"}],
    ),
    "links_lead_somewhere": (
        [{"docs/x.md": "[a](y.md)\n"}],
        [{"docs/x.md": "[a](y.md#part) [b](../docs) [c](https://x.org) [d](#here)\n", "docs/y.md": ""}],
    ),
    "snippets_are_examples": (
        [
            {"README.md": "# a\n\n```cpp\nint x;\n```\n", "examples/x.cpp": "int y;\n"},
            {"docs/x.md": "# a\n\n```cpp\nint x;\n```\n"},
        ],
        [
            {"README.md": "# a\n\n```cpp\nint x;\n```\n", "examples/x.cpp": "int y;\nint x;\n"},
            {"README.md": "# a\n\n```sh\nls\n```\n"},
        ],
    ),
    "changelog_form": (
        [
            {"CHANGELOG.md": LOG.replace("# Changelog", "# Changes", 1)},
            {"CHANGELOG.md": LOG.replace("## [Unreleased]\n", "")},
            {"CHANGELOG.md": LOG.replace(" - 2026-01-31", "")},
            {"CHANGELOG.md": LOG.replace("Added", "News")},
        ],
        [{"CHANGELOG.md": LOG}],
    ),
}


def complaints(rule, snippet):
    texts = snippet if isinstance(snippet, dict) else {RING: snippet}
    return list(rule(Repo.from_texts(texts)))


def rule_failures():
    by_name = {rule.__name__: rule for rule in rules.ALL}
    for name in by_name.keys() ^ CASES.keys():
        yield f"{name}: a rule without cases, or cases without a rule"
    for name in by_name.keys() & CASES.keys():
        bad, good = CASES[name]
        yield from (f"{name} does not find:\n{show(case)}" for case in bad if not complaints(by_name[name], case))
        for case in good:
            for path, line, message in complaints(by_name[name], case):
                yield f"{name} says '{message}' at {path}:{line} of:\n{show(case)}"


def show(snippet):
    return textwrap.indent(str(snippet)[:300], "    ")


def parser_failures():
    """What the rules stand on: code and comments apart, functions found."""
    source = Source("x.cpp", b"int a = 1'000; // one 'two\nf(\"// no\"); /* b\nc */ g('\"'); R\"(x // y)\";\n")
    if "one" in source.code or "no" in source.code or "x //" in source.code or "1'000" not in source.code:
        yield f"code is not separated: {source.code!r}"
    if [line.strip() for line in source.comment_lines] != ["// one 'two", "/* b", "c */", ""]:
        yield f"comments are not separated: {source.comment_lines!r}"
    code = (
        "namespace n {\nstruct s {\n  s() : a{1}, b(2) {\n  }\n  int f() const noexcept { return 1; }\n"
        "  template <class T, class U = v<T>>\n    requires c<T>\n  void g(T x) {\n    if (x) {\n    }\n  }\n};\n}\n"
    )
    found = [tuple(function) for function in functions.functions(code)]
    if found != [("s", 3, 4), ("f", 5, 5), ("g", 6, 11)]:
        yield f"functions: {found}"


def main():
    failures = [*rule_failures(), *parser_failures()]
    print("\n".join(failures + [f"{len(rules.ALL)} rules, {len(failures)} failures"]))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
