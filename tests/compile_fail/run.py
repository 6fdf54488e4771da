#!/usr/bin/env python3
"""Checks that a file does not compile, and for the right reason.

usage: run.py CASE.cpp COMPILER [FLAG...]

A case is a file with one or more lines `// expect: REGEX`. It must compile with -DEXPECT_OK, which shows that nothing
but the marked misuse is wrong with it. Without, it must fail, and each REGEX must match within the first lines of what
the compiler says.
"""
import os
import re
import subprocess
import sys

FIRST_LINES = 25  # what fits on a screen


def compile_case(command, path, *flags):
    """The compiler's verdict and its message, as (succeeded, text)."""
    english = {**os.environ, "LC_ALL": "C"}
    done = subprocess.run([*command, *flags, path], capture_output=True, text=True, env=english)
    return done.returncode == 0, done.stderr


def expectations(path):
    with open(path, encoding="utf-8") as file:
        return re.findall(r"^// expect: (.+?)\s*$", file.read(), re.MULTILINE)


def problems(path, command):
    """What is wrong with the case, one line each; nothing when it fails exactly as it promises."""
    expected = expectations(path)
    if not expected:
        return ["the case has no line `// expect: REGEX`"]
    succeeded, text = compile_case(command, path, "-DEXPECT_OK")
    if not succeeded:
        return ["does not compile even with -DEXPECT_OK:", text]
    succeeded, text = compile_case(command, path)
    if succeeded:
        return ["compiles, and must not"]
    seen = "\n".join(text.splitlines()[:FIRST_LINES])
    missing = [regex for regex in expected if not re.search(regex, seen)]
    return missing and [*(f"not in the first {FIRST_LINES} lines: {regex}" for regex in missing), seen]


def main(arguments):
    if len(arguments) < 2:
        sys.exit(__doc__)
    found = problems(arguments[0], arguments[1:])
    for problem in found:
        print(f"{arguments[0]}: {problem}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
