#!/usr/bin/env python3
"""Whether being watched costs a push or a pop an instruction: it must not.

usage: check.py PROGRAM

Counts as tests/instructions does. Each script is there twice, alone and watched; the two counts are compared exactly.
Without valgrind: one line that says SKIPPED, and exit status 77.
"""
import os
import pathlib
import shutil
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "instructions"))

import callgrind

KINDS = ("spsc", "mpmc")


def measure(valgrind, program):
    """(instructions, pairs) of each script."""
    scripts = callgrind.scripts_of(valgrind, program)
    return {name: (callgrind.own_instructions(profile, program), count) for name, count, profile in scripts}


def main(program):
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        print("SKIPPED: valgrind is not installed, so that no instruction was counted")
        return 77
    try:
        counts = measure(valgrind, os.path.realpath(program))
    except callgrind.Failure as failure:
        print(failure)
        return 1
    bad = 0
    for kind in KINDS:
        (alone, pairs), (watched, _) = counts[f"{kind}_alone"], counts[f"{kind}_watched"]
        verdict = "the same" if alone == watched else "DIFFERENT"
        print(f"{kind}: {alone} instructions for {pairs} pairs alone, {watched} watched: {verdict}")
        bad += alone != watched or alone <= 0
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
