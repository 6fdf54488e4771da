"""README's table is what the script makes of the latest run in docs/results, and the script notices when it is not."""

import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "../../..")
sys.path.insert(0, os.path.join(HERE, "../../pump/end_to_end"))

from harness import OPTIONS, Case, main

SCRIPT = os.path.join(ROOT, "bench/readme_table.py")


def run(*arguments):
    command = [sys.executable, "-B", SCRIPT, "--tidegate", OPTIONS.tidegate, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


class ReadmeTable(Case):
    def test_readme_is_up_to_date(self):
        done = run("--check")
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def made_up(self, ours):
        """A file of results with one question of README."""
        values = {"tidegate::spsc_ring": ours, "peer": 2.0}
        cell = {"id": "single/u64/1024/pause1", "regime": "single", "title": "t", "unit": "M/s",
                "higher_is_better": True,
                "entries": {name: {"values": [value] * 5, "modes": "nnnnn"} for name, value in values.items()}}
        rivals = {"tidegate::spsc_ring": {"role": "ours"}, "peer": {"role": "peer"}}
        results = {"format": "tidegate-bench-run/1", "started_at": "2026-12-01T10:00:00Z", "machine": {}, "peers": {},
                   "suites": [{"suite": "spsc", "rounds": 5, "rivals": rivals, "cells": [cell]}]}
        path = self.path("2026-12-01-bench.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(results, file)
        return path

    def readme(self, text):
        path = self.path("README.md")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def test_a_table_is_written_and_then_right_until_the_run_changes(self):
        readme = self.readme("before\n<!-- bench:begin -->\nold\n<!-- bench:end -->\nbehind\n")
        results = self.made_up(6.0)
        asked = ("--readme", readme, "--results", results)
        self.assertEqual(run(*asked, "--check").returncode, 1)
        self.assertEqual(run(*asked).returncode, 0)
        with open(readme, encoding="utf-8") as file:
            text = file.read()
        self.assertTrue(text.startswith("before\n<!-- bench:begin -->\n"))
        self.assertTrue(text.endswith("<!-- bench:end -->\nbehind\n"))
        self.assertIn("| `tidegate::spsc_ring` 6.00 M/s | `peer` 2.00 M/s | 3.00x [3.00..3.00] | ahead |", text)
        self.assertNotIn("old", text)
        self.assertEqual(run(*asked, "--check").returncode, 0)
        self.made_up(5.0)
        self.assertEqual(run(*asked, "--check").returncode, 1)

    def test_markers_are_needed(self):
        for text in ("none\n", "<!-- bench:end --> <!-- bench:begin -->\n", "<!-- bench:begin -->\n"):
            with self.subTest(text=text):
                done = run("--readme", self.readme(text), "--results", self.made_up(1.0))
                self.assertEqual(done.returncode, 1)
                self.assertIn("<!-- bench:begin -->", done.stderr)


if __name__ == "__main__":
    main()
