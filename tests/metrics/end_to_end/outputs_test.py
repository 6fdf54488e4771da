"""Rules, dashboard and page are what the command makes of the table, and Prometheus' own tool accepts them.

Takes --tidegate PATH (required), then unittest's own arguments. Without promtool, which is in Debian's package
`prometheus`, a part is skipped, loudly.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
PARSER = argparse.ArgumentParser()
PARSER.add_argument("--tidegate", required=True)
OPTIONS, REST = PARSER.parse_known_args()


def metrics(*arguments):
    return subprocess.run([OPTIONS.tidegate, "metrics", *arguments], capture_output=True, text=True, check=False)


def read(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return file.read()


def names(text, prefix="tidegate_"):
    """The families in the text, without the suffixes of a summary."""
    return {re.sub(r"_(?:sum|count)$", "", name) for name in re.findall(rf"\b{prefix}\w+", text)}


class Case(unittest.TestCase):
    maxDiff = 3000

    def made(self, *arguments):
        done = metrics(*arguments)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done)
        return done.stdout

    def table(self, *arguments):
        return {row.split("`")[1] for row in self.made("table", *arguments).splitlines()[2:]}


class Committed(Case):
    """What lies in docs/ is what the command prints."""

    def test_rules(self):
        self.assertEqual(read("docs", "observe", "alerts.yml"), self.made("rules"), "tidegate metrics rules")

    def test_dashboard(self):
        self.assertEqual(read("docs", "observe", "dashboard.json"), self.made("dashboard"),
                         "tidegate metrics dashboard")

    def test_page(self):
        self.assertIn(self.made("table"), read("docs", "design", "metrics.md"), "tidegate metrics table")


class Outputs(Case):
    def test_every_metric_is_known_and_shown(self):
        table = self.table()
        self.assertLessEqual(names(self.made("rules")), table)
        self.assertEqual(names(self.made("dashboard").replace("tidegate-pressure", "")), table)
        self.assertEqual({line.split()[2] for line in read("tests", "metrics", "all_kinds.prom").splitlines()
                          if line.startswith("# TYPE")}, table)

    def test_prefix(self):
        for what in ("rules", "dashboard", "table"):
            text = self.made(what, "--prefix", "app:")
            self.assertNotIn("tidegate_", text)
            usual = names(self.made(what).replace("tidegate-pressure", ""))
            self.assertEqual(len(names(text, "app:")), len(usual), what)

    def test_thresholds(self):
        text = self.made("rules", "--saturation-warn", "0.6", "--saturation-warn-for", "90s", "--saturation-page", "1",
                         "--saturation-page-for", "1h", "--time-to-full", "2min", "--recovery", "10min",
                         "--reject-factor", "2.5", "--waiters-for", "3600", "--age", "5s")
        for part in ("_ratio > 0.6\n        for: 1m30s\n", "_ratio > 1\n        for: 1h\n",
                     "time_to_full_seconds < 120\n", "drain_time_seconds > 600\n", "<= 2.5 *",
                     "waiters > 0\n        for: 1h\n", "age_seconds > 5\n", "} > 5\n", "the 10m allowed"):
            self.assertIn(part, text)

    def test_panels_do_not_overlap(self):
        taken = set()
        for panel in json.loads(self.made("dashboard"))["panels"]:
            at = panel["gridPos"]
            cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
            self.assertFalse(cells & taken, panel["title"])
            self.assertLessEqual(at["x"] + at["w"], 24)
            taken |= cells

    def test_refused(self):
        for arguments, part in ((["rules", "--prefix", "1a"], "--prefix '1a'"), (["table", "--prefix", "a b"], "'a b'"),
                                (["rules", "--saturation-warn", "70"], "--saturation-warn '70'"),
                                (["rules", "--saturation-page", "0"], "--saturation-page '0'"),
                                (["rules", "--age", "10ms"], "--age '10ms'"), (["rules", "--age", "1.5s"], "'1.5s'"),
                                (["rules", "--reject-factor", "nan"], "--reject-factor 'nan'"),
                                (["rules", "--time-to-full", "-5s"], "'-5s'"), (["table", "--age", "5s"], "--age"),
                                (["graph"], "ubcommand"), ([], "ubcommand")):
            with self.subTest(arguments=arguments):
                done = metrics(*arguments)
                self.assertEqual((done.returncode, done.stdout), (2, ""), done)
                self.assertEqual(done.stderr.count("\n"), 1, done)
                self.assertIn(part, done.stderr)
                self.assertIn("accepted: ", done.stderr)


@unittest.skipUnless(shutil.which("promtool"), "promtool is not installed (Debian's package prometheus)")
class Prometheus(Case):
    def promtool(self, *arguments, data=None):
        done = subprocess.run(["promtool", *arguments], input=data, capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout + done.stderr)

    def check_rules(self, text):
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
            file.write(text)
            file.flush()
            self.promtool("check", "rules", "--lint-fatal", file.name)

    def test_text(self):
        self.promtool("check", "metrics", data=read("tests", "metrics", "all_kinds.prom"))

    def test_rules(self):
        self.check_rules(self.made("rules"))
        self.check_rules(self.made("rules", "--prefix", "", "--age", "5s"))

    def test_incidents(self):
        self.promtool("test", "rules", os.path.join(ROOT, "tests", "metrics", "incident.yml"))

    def test_expressions_of_the_dashboard(self):
        rules = ["groups:\n- name: all\n  rules:\n"]
        for panel in json.loads(self.made("dashboard"))["panels"]:
            for target in panel.get("targets", []):
                expression = target["expr"].replace("$__rate_interval", "1m").replace("$job", ".*")
                expression = expression.replace("$instance", ".*")
                rules.append(f"  - {{record: 'r:{len(rules)}', expr: '{expression}'}}\n")
        self.assertGreater(len(rules), 50)
        self.check_rules("".join(rules))


if __name__ == "__main__":
    if not shutil.which("promtool"):
        print("*** SKIPPED: promtool is not installed, rules and text were not checked by it ***", file=sys.stderr)
    unittest.main(argv=[sys.argv[0], *REST], verbosity=2)
