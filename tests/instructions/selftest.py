#!/usr/bin/env python3
"""Feeds check.py counts and baselines, good and bad, and looks at its verdicts. Needs neither compiler nor valgrind."""
import contextlib
import io
import json
import pathlib
import sys
import tempfile

sys.dont_write_bytecode = True

import baseline
import callgrind
import check
import locked

SAME = {"pop": 10.0, "push": 20.0}
KNOWN = json.dumps({"GNU 1": SAME})
OTHER = json.dumps({"GNU 2": SAME})

# name: (baseline, what was counted, verdict, what the output says). The compiler is GNU 1.
CASES = {
    "same": (KNOWN, SAME, check.PASSED, "2 scripts are as expected of GNU 1"),
    "within": (KNOWN, {"pop": 10.2, "push": 19.6}, check.PASSED, "as expected"),
    "too many": (KNOWN, {**SAME, "push": 20.41}, check.FAILED, "push: 20.41 instructions, expected 20.0 (+2.05%: more"),
    "too few": (KNOWN, {**SAME, "pop": 9.79}, check.FAILED, "pop: 9.79 instructions, expected 10.0 (-2.10%: fewer"),
    "says how": (KNOWN, {**SAME, "pop": 1}, check.FAILED, "check.py --update program 'GNU 1'"),
    "script is gone": (KNOWN, {"pop": 10.0}, check.FAILED, "push: in the baseline"),
    "script is new": (KNOWN, {**SAME, "peek": 5.0}, check.FAILED, "peek: 5.0 instructions, and the baseline"),
    "nothing counted": (KNOWN, {}, check.FAILED, "no such script"),
    "other compiler": (OTHER, SAME, check.SKIPPED, "SKIPPED: no baseline for GNU 1, only for GNU 2"),
    "no compilers": ("{}", SAME, check.SKIPPED, "SKIPPED: no baseline for GNU 1, only for none"),
    "not JSON": ("{", SAME, check.FAILED, "is malformed: not JSON"),
    "a list": ("[]", SAME, check.FAILED, "is malformed: not an object of compilers"),
    "no scripts": ('{"GNU 1": {}}', SAME, check.FAILED, "is malformed: GNU 1: not an object of scripts"),
    "a text": ('{"GNU 1": {"pop": "10"}}', SAME, check.FAILED, "GNU 1: pop: not a positive number: '10'"),
    "a truth": ('{"GNU 1": {"pop": true}}', SAME, check.FAILED, "not a positive number: True"),
    "zero": ('{"GNU 1": {"pop": 0}}', SAME, check.FAILED, "not a positive number: 0"),
    "not a number": ('{"GNU 1": {"pop": NaN}}', SAME, check.FAILED, "not a positive number: nan"),
}

# The same with --update: name: (baseline, what was counted, the baseline that is left; None: as it was, and failed).
UPDATES = {
    "replaces": (KNOWN, {"pop": 7.0}, {"GNU 1": {"pop": 7.0}}),
    "adds": (OTHER, SAME, {"GNU 1": SAME, "GNU 2": SAME}),
    "begins": ("{}", SAME, {"GNU 1": SAME}),
    "keeps nonsense": ("{", SAME, None),
}

# 3 + 4 + 5 of /a/program itself; what a library did, and what calls cost in sum, is not its own.
PROFILE = """# callgrind format
part: 5
desc: Trigger: --dump-after=script_push
summary: 1000

ob=/lib/libc.so.6
fn=memcpy
10 100

ob=/a/program
fl=a.cpp
fn=script_push
1 3
cob=/lib/libc.so.6
cfn=memcpy
calls=2 0
2 200
2 4
fi=b.hpp
7 5

ob=/a/program.so
fn=other
1 50

totals: 1000
"""


def verdict(path, text, counted, options=(), valgrind="valgrind"):
    """Exit status and output of a check of `counted` against a baseline of that text."""
    path.write_text(text, encoding="utf-8")
    argv = ["--baseline", str(path), *options, "program", "GNU 1"]
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        status = check.main(argv, valgrind, lambda *_: counted)
    return status, output.getvalue()


def case_failures(path):
    for name, (text, counted, expected, says) in CASES.items():
        status, output = verdict(path, text, counted)
        if status != expected or says not in output:
            yield f"{name}: exit status {status}, expected {expected} and '{says}' in:\n{output}"
        if path.read_text(encoding="utf-8") != text:
            yield f"{name}: the baseline was written"
    status, output = verdict(path, KNOWN, SAME, valgrind=None)
    if status != check.SKIPPED or not output.startswith("SKIPPED: valgrind"):
        yield f"without valgrind: exit status {status}:\n{output}"


def update_failures(path):
    for name, (text, counted, left) in UPDATES.items():
        status, output = verdict(path, text, counted, ["--update"])
        expected = (check.FAILED, text) if left is None else (check.PASSED, baseline.written(left))
        if (status, path.read_text(encoding="utf-8")) != expected:
            yield f"an update {name}: exit status {status}, the baseline is {path.read_text()}, and it says\n{output}"


def reader_failures():
    if (count := callgrind.own_instructions(PROFILE, "/a/program")) != 12:
        yield f"the profile's own instructions: {count}, expected 12"
    profile = "ob=/a/program\nfn=push\n0x4010 7 2\ncalls=1 0x5000 1\n0x4014 7 90\n"
    costs = list(callgrind.own_costs(profile, "/a/program"))
    if costs != [(0x4010, 2)]:
        yield f"costs with addresses: {costs}"
    exact = {name: float(int(most)) for name, most in locked.LIMITS.items()}
    for name, got, expected in [
        ("all are kept", exact, 0),
        ("one more in a pop that has none", {**exact, "mpsc_pop": 1.0}, 1),
        ("one more in a pair", {**exact, "mpmc_pair": 3.0}, 1),
        ("none where there must be some", {**exact, "mpmc_pair": 0.0}, 1),
        ("no such script", {name: got for name, got in exact.items() if name != "spmc_push"}, 1),
    ]:
        if len(found := list(locked.problems(got))) != expected:
            yield f"limits of locked instructions, {name}: {found}"
    if (match := callgrind.TRIGGER.search(PROFILE)) is None or match[1] != "push":
        yield "the profile's script is not found"
    try:
        callgrind.run(["false"])
        yield "a program that fails goes unnoticed"
    except callgrind.Failure:
        pass


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "baseline.json"
        failures = [*case_failures(path), *update_failures(path), *reader_failures()]
    print("\n".join([*failures, f"{len(CASES) + len(UPDATES)} cases, {len(failures)} failures"]))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
