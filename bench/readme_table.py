#!/usr/bin/env python3
"""Puts the table of a run into README.md, between the markers `<!-- bench:begin -->` and `<!-- bench:end -->`.

usage: readme_table.py --tidegate PATH [--readme README.md] [--results docs/results/DATE-bench.json] [--check]

--tidegate  the command, which makes the table (`tidegate bench table`)
--results   the run; without it, the latest docs/results/*-bench.json
--check     changes nothing; fails when README.md is not what this would make of it

A README without markers is right as long as there is no run to make a table of.
"""
import argparse
import glob
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BEGIN = "<!-- bench:begin -->"
END = "<!-- bench:end -->"


def latest_run(root):
    runs = sorted(glob.glob(os.path.join(root, "docs", "results", "*-bench.json")))
    return runs[-1] if runs else None


def block(tidegate, results, readme):
    """What belongs between the markers."""
    command = [tidegate, "bench", "table", results]
    table = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    link = os.path.relpath(results, os.path.dirname(os.path.abspath(readme)))
    return f"{BEGIN}\n\n{table}\nMade by `bench/readme_table.py` of [{os.path.basename(results)}]({link}).\n\n{END}"


def renewed(text, new):
    """The text with the new block; None when it has no markers, or not one pair of them."""
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(END) < text.index(BEGIN):
        return None
    return text[:text.index(BEGIN)] + new + text[text.index(END) + len(END):]


def parse(arguments):
    parser = argparse.ArgumentParser(description="Puts the table of a run of the benchmarks into README.md.")
    parser.add_argument("--tidegate", required=True)
    parser.add_argument("--readme", default=os.path.join(ROOT, "README.md"))
    parser.add_argument("--results", default=None)
    parser.add_argument("--check", action="store_true")
    return parser.parse_args(arguments)


def fail(line):
    print(f"readme_table.py: {line}", file=sys.stderr)
    return 1


def main(arguments):
    asked = parse(arguments)
    results = asked.results or latest_run(ROOT)
    with open(asked.readme, encoding="utf-8") as file:
        text = file.read()
    if results is None:
        return fail(f"{asked.readme} has a table, and there is no run it can come from") if BEGIN in text else 0
    wanted = renewed(text, block(asked.tidegate, results, asked.readme))
    if wanted is None:
        return fail(f"{asked.readme} needs the lines {BEGIN} and {END}, once each and in this order")
    if asked.check:
        return 0 if wanted == text else fail(f"the table in {asked.readme} is not the one of {results}: run this again")
    with open(asked.readme, "w", encoding="utf-8") as file:
        file.write(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
