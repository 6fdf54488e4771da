#!/usr/bin/env python3
"""Shows that run.py can fail: usage: selftest.py COMPILER"""
import os
import sys
import tempfile

import run

GOOD = """// expect: the size is wrong
#ifndef EXPECT_OK
static_assert(sizeof(int) == 1, "the size is wrong");
#endif
"""
CASES = {  # name: (text, what run.py must say; "" for nothing)
    "good": (GOOD, ""),
    "no expectation": (GOOD.replace("// expect:", "//"), "has no line"),
    "compiles": (GOOD.replace("== 1", "== 4"), "compiles, and must not"),
    "fails for another reason": ("no_such_name x;\n" + GOOD, "even with -DEXPECT_OK"),
    "another message": (GOOD.replace("the size is wrong", "the shape is wrong", 1), "not in the first"),
}


def main(compiler):
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "case.cpp")
        for name, (text, expected) in CASES.items():
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            said = run.problems(path, [compiler, "-std=c++20", "-fsyntax-only"])
            if (expected not in said[0]) if expected and said else bool(expected or said):
                failures += 1
                print(f"{name}: expected '{expected}', run.py says {said}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
