#!/usr/bin/env python3
"""The mutation gate: every order, fence, wake, re-check and bound of ring/, wait/, flow/ and queue/ is weakened by
itself, and a client of the explorer must fail for it.

  tests/mutation/run.py                 all mutants
  tests/mutation/run.py --must-die      only those without which nothing holds (must_die.list): quick
  tests/mutation/run.py --test          the same; all mutants, and both engines, when TIDEGATE_STRESS=long
  tests/mutation/run.py TEXT...         only mutants whose name contains one of the texts
  tests/mutation/run.py --list          only their names

Options: --relacy (both engines judge the rings, and must agree), --compiler CXX (g++), --jobs N (all processors),
--include FOLDER (this project's include/).

A mutant that survives must be listed in survivors.list with a reason; an entry that does not survive, or that is no
mutant any more, fails as well. Exit code: 0 all is as it should be, 1 it is not, 2 bad usage.
"""

import argparse
import os
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import sites
import survivors
from laboratory import ROOT, Broken, Laboratory

HERE = Path(__file__).resolve().parent


def chosen(mutants, arguments):
    if arguments.must_die:
        wanted = survivors.names_in(HERE / "must_die.list")
        missing = wanted - {mutant.name for mutant in mutants}
        for name in sorted(missing):
            print(f"must_die.list: no such mutant any more: {name}")
        return [mutant for mutant in mutants if mutant.name in wanted], not missing
    if arguments.text:
        mutants = [mutant for mutant in mutants if any(text in mutant.name for text in arguments.text)]
    listed = survivors.names_in(HERE / "survivors.list")
    return sorted(mutants, key=lambda mutant: mutant.name in listed), True  # what takes longest comes last


def judge_all(mutants, arguments):
    """The verdicts in the order of the mutants; told as they come."""
    verdicts = {}
    started = time.monotonic()
    with Laboratory(arguments.compiler, arguments.include) as laboratory, ThreadPoolExecutor(arguments.jobs) as pool:
        laboratory.prepare(mutants)
        for mutant, verdict in zip(mutants, pool.map(laboratory.judge, mutants)):
            verdicts[mutant] = verdict
            print(f"{verdict.fate:9} {mutant.kind:7} {mutant.name}", flush=True)
            if verdict.by:
                print(f"          {verdict.by}", flush=True)
    print(f"{time.monotonic() - started:.0f} s")
    return verdicts


def disagreements(mutants, verdicts, arguments):
    """Where the second engine sees a ring otherwise. It has no third kind of verdict: a probe that it never reached, in
    the few schedules that it runs, is a failure, too. Of the exchange rings it runs few and small clients, so that they
    may miss what the explorer's see; block rings are not among them."""
    rings = [mutant for mutant in mutants if mutant.file.startswith("ring/") and "block" not in mutant.file]
    differ = []
    with Laboratory(arguments.compiler, arguments.include) as laboratory, ThreadPoolExecutor(arguments.jobs) as pool:
        for mutant, verdict in zip(rings, pool.map(laboratory.judge_by_relacy, rings)):
            print(f"relacy: {verdict.fate:9} {mutant.name}\n          {verdict.by}", flush=True)
            may_miss = "exchange" in mutant.file and verdict.fate == "survived"
            if verdict.fate != verdicts[mutant].fate and not may_miss:
                differ.append(f"the explorer says {verdicts[mutant].fate}, Relacy {verdict.fate}: {mutant.name}")
    print(f"{len(rings)} mutants of the rings: both engines agree on {len(rings) - len(differ)}")
    return differ


def tell_killers(verdicts):
    killers = Counter(verdict.by.split(":")[0] for verdict in verdicts.values() if verdict.fate == "killed")
    print("\nmutants killed, by the first client that failed:")
    for name, count in killers.most_common():
        print(f"{count:5}  {name}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text", nargs="*")
    parser.add_argument("--must-die", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--relacy", action="store_true")
    parser.add_argument("--compiler", default="g++")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--include", type=Path, default=ROOT / "include")
    parser.add_argument("--test", action="store_true")
    arguments = parser.parse_args()
    is_long = os.environ.get("TIDEGATE_STRESS") == "long"
    arguments.must_die |= arguments.test and not is_long
    arguments.relacy |= arguments.test and is_long

    everything = list(sites.all_mutants(arguments.include))
    mutants, good = chosen(everything, arguments)
    if not mutants:
        print("run.py: no mutant is called so (see --list)", file=sys.stderr)
        return 2
    if arguments.list:
        print("\n".join(mutant.name for mutant in mutants))
        return 0
    try:
        verdicts = judge_all(mutants, arguments)
    except Broken as why:
        print(f"run.py: {why}", file=sys.stderr)
        return 1
    tell_killers(verdicts)
    problems = survivors.compare(verdicts, survivors.listed_in(HERE / "survivors.list"), everything)
    if arguments.relacy:
        problems += disagreements(mutants, verdicts, arguments)
    print("\n" + "\n".join(problems) if problems else "")
    fates = Counter(verdict.fate for verdict in verdicts.values())
    print(f"{len(mutants)} mutants: {fates['killed']} killed, {fates['survived']} survived, "
          f"{fates['stillborn']} do not compile; {len(problems)} problems")
    return 0 if good and not problems else 1


if __name__ == "__main__":
    sys.exit(main())
