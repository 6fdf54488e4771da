#!/usr/bin/env python3
"""Compares the instructions that each script executes with a committed baseline.

usage: check.py [--baseline FILE] [--update] PROGRAM COMPILER

More than 2 % above or below the baseline of this compiler fails; --update writes what was counted into the baseline.
A compiler that the baseline does not know, or no valgrind: one line that says SKIPPED, and exit status 77.
"""
import argparse
import pathlib
import shlex
import shutil
import sys

sys.dont_write_bytecode = True

import baseline
import callgrind

PASSED, FAILED, SKIPPED = 0, 1, 77


def arguments(argv):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--baseline", type=pathlib.Path, default=pathlib.Path(__file__).with_name("baseline.json"))
    parser.add_argument("--update", action="store_true")
    parser.add_argument("program")
    parser.add_argument("compiler", help="name and version, as in: 'GNU 12.2.0'")
    return parser.parse_args(argv)


def update(options, known, got):
    for line in baseline.differences(known.get(options.compiler, {}), got):
        print(line)
    options.baseline.write_text(baseline.written({**known, options.compiler: got}), encoding="utf-8")
    print(f"{options.baseline}: written for {options.compiler}")
    return PASSED


def compare(options, expected, got):
    bad = list(baseline.differences(expected, got))
    for line in bad:
        print(f"{line}; if that is meant: {update_command(options)}")
    if not bad:
        print(f"{len(got)} scripts are as expected of {options.compiler}")
    return FAILED if bad else PASSED


def update_command(options):
    return shlex.join(["python3", __file__, "--update", options.program, options.compiler])


def skip(reason):
    print(f"SKIPPED: {reason}")
    return SKIPPED


def check(options, valgrind, measure):
    known = baseline.parse(options.baseline.read_text(encoding="utf-8"))
    if valgrind is None:
        return skip("valgrind is not installed, so that no instruction was counted")
    if options.update:
        return update(options, known, measure(valgrind, options.program))
    if options.compiler not in known:
        others = ", ".join(known) or "none"
        return skip(f"no baseline for {options.compiler}, only for {others}; to add it: {update_command(options)}")
    return compare(options, known[options.compiler], measure(valgrind, options.program))


def main(argv, valgrind, measure=callgrind.measure):
    options = arguments(argv)
    try:
        return check(options, valgrind, measure)
    except baseline.Malformed as error:
        print(f"{options.baseline} is malformed: {error}")
    except callgrind.Failure as error:
        print(error)
    return FAILED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], shutil.which("valgrind")))
