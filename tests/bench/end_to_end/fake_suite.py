"""Stands in for a suite of the benchmarks: speaks its lines at once, and misbehaves where it is told to.

usage: fake_suite.py SUITE FAULT [what tidegate bench passes to a suite]

FAULT: none; hangs (the entrant "rogue" ends the program, as the watchdog does); dies (without a word, before anything);
       sleeps (in its second cell, until it is ended; leaves a file `asleep`); wrong (of the entrant "rogue")
"""

import argparse
import json
import os
import sys
import time

CELLS = ("single/u64/1024/pause1", "bulk/u64/1024/32")
ENTRANTS = {"tidegate::ring": ("ours", 20.0), "peer": ("peer", 10.0), "rogue": ("peer", 5.0), "limit": ("limit", 40.0)}


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("suite")
    parser.add_argument("fault")
    for flag in ("--describe", "--headlines", "--json-lines"):
        parser.add_argument(flag, action="store_true")
    for option in ("--cell", "--queue", "--without"):
        parser.add_argument(option, action="append", default=[])
    for option in ("--rounds", "--budget-s", "--watchdog-s"):
        parser.add_argument(option, type=float, default=1)
    parser.add_argument("--cpus", nargs="+")
    return parser.parse_args()


def say(**what):
    print(json.dumps(what), flush=True)


def entrants_of(asked, cell):
    out = {text.split(": ", 1)[1] for text in asked.without if text.startswith((f"{cell}: ", "*: "))}
    return [name for name in ENTRANTS if name not in out]


def samples(value, rounds, elapsed):
    return [{"round": r, "value": value + r / 100, "extras": {"p99 ns": 100 + r}, "elapsed_s": elapsed,
             "preemptions": 0, "mode": "near"} for r in range(int(rounds))]


def entry(name, asked):
    wrong = asked.fault == "wrong" and name == "rogue"
    return {"name": name, "failure": "lost one" if wrong else "",
            "samples": [] if wrong else samples(ENTRANTS[name][1], asked.rounds, asked.budget_s)}


def measure(asked, cell):
    names = entrants_of(asked, cell)
    for done, name in enumerate(names):
        say(event="next", cell=cell, done=done, all=len(names), entrant=name)
        if asked.fault == "hangs" and name == "rogue":
            print(f"\ntidegate bench: no end in sight, giving up: {cell}: rogue", flush=True)
            os._exit(1)
        if asked.fault == "sleeps" and cell == CELLS[1]:
            with open("asleep", "w", encoding="utf-8"):
                pass
            time.sleep(60)
    say(event="cell", sample_s=asked.budget_s,
        cell={"id": cell, "regime": cell.split("/")[0], "title": "made up " + cell, "unit": "M/s",
              "higher_is_better": True, "method": "", "reference": "limit",
              "entries": [entry(name, asked) for name in names]})


def main():
    asked = parse()
    if asked.describe:
        say(suite=asked.suite, cells=[{"id": cell, "regime": cell.split("/")[0], "title": cell, "lengths": 10,
                                       "overhead_s": 0.1, "entrants": list(ENTRANTS)} for cell in CELLS])
        return
    if asked.fault == "dies":
        sys.exit(3)
    say(event="begin", suite=asked.suite, started_at="2026-12-01T10:00:00Z", machine={"cpu": "made up"},
        peers={"libpeer-dev": "1"}, rounds=int(asked.rounds), rivals={n: {"role": r} for n, (r, _) in ENTRANTS.items()})
    for cell in asked.cell:
        measure(asked, cell)
    sys.exit(1 if asked.fault == "wrong" else 0)


if __name__ == "__main__":
    main()
