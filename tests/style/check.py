#!/usr/bin/env python3
"""Checks the whole repository against the written style.

usage: check.py [--list] [--advice] [--no-format] [PATH]

--list       print the rules
--advice     also print what is allowed but better avoided
--no-format  leave clang-format out
PATH         report only files whose path begins with PATH
"""
import argparse
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

import rules
from repo import Repo
from rules import shape

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CLANG_FORMAT = "clang-format-14"  # pinned: other versions format differently
FILES_AT_ONCE = 50  # a start takes longer than a file


def law(rule):
    return rule.__doc__.split("\n")[0]


def findings(repo, prefix=""):
    for rule in rules.ALL:
        for path, line, message in rule(repo):
            if path.startswith(prefix):
                yield f"{path}:{line}: {message}  [{rule.__name__}]"


def badly_formatted(repo, prefix=""):
    """Files that clang-format would change."""
    if not shutil.which(CLANG_FORMAT):
        print(f"*** SKIPPED: {CLANG_FORMAT} is not installed, formatting was not checked ***")
        return
    paths = [file.path for file in repo.cpp() if file.path.startswith(prefix)]
    for first in range(0, len(paths), FILES_AT_ONCE):
        command = [CLANG_FORMAT, "--dry-run", *paths[first : first + FILES_AT_ONCE]]
        done = subprocess.run(command, cwd=repo.root, capture_output=True, text=True, check=True)
        lines = re.findall(r"^(.+?):(\d+):\d+: warning: code should be clang-formatted", done.stderr, re.MULTILINE)
        for path, line in dict(reversed(lines)).items():
            yield f"{path}:{line}: {CLANG_FORMAT} would change this  [format]"


def parse(arguments):
    parser = argparse.ArgumentParser(description="Checks the whole repository against the written style.")
    parser.add_argument("--list", action="store_true", help="print the rules")
    parser.add_argument("--advice", action="store_true", help="also print what is allowed but better avoided")
    parser.add_argument("--no-format", action="store_true", help="leave clang-format out")
    parser.add_argument("path", nargs="?", default="", help="report only files whose path begins with this")
    return parser.parse_args(arguments)


def main(arguments):
    options = parse(arguments)
    if options.list:
        print("\n".join(f"{rule.__name__:32} {law(rule)}" for rule in rules.ALL))
        return 0
    repo = Repo.from_folder(ROOT)
    found = list(findings(repo, options.path))
    if not options.no_format:
        found += badly_formatted(repo, options.path)
    print("\n".join(found + [f"{len(repo.files)} files, {len(rules.ALL)} rules, {len(found)} findings"]))
    if options.advice:
        print("\n".join(f"advice: {path} has {count} lines" for path, count in shape.long_headers(repo)))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
