"""The command as it is used: tables and JSON on standard output, files in a folder, one line for what is refused."""

import csv
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../pump/end_to_end"))

from harness import OPTIONS, Case, Result, main


def lab(*arguments):
    command = [OPTIONS.tidegate, "lab", *arguments]
    done = subprocess.run(command, capture_output=True, timeout=100, check=False)
    return Result(done.returncode, done.stdout, done.stderr)


def own_scenario(**changes):
    """A scenario file of the user's, with changes to its row."""
    row = {"name": "mine", "policy": {"kind": "reject", "capacity": 10},
           "flows": [{"name": "all", "phases": [{"span_s": 2, "per_second": 1000}]}],
           "workers": 1, "service_s": 0.01,
           "expected": [{"measure": "p50_ms", "formula": "1e3 * (capacity / mu + service)"}]}
    row.update(changes)
    return {"id": "mine", "title": "My own", "rows": [row]}


class Lab(Case):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())

    def write(self, scenario):
        path = os.path.join(self.folder, "mine.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(scenario, file)
        return path

    def test_list(self):
        result = lab("list")
        self.assertEqual((result.code, result.err), (0, b""))
        lines = result.out.decode().splitlines()
        self.assertEqual("".join(line[0] for line in lines), "ABCDEFGHIJKLMNOPQ")
        self.assertIn("12 rows", lines[0])
        listed = json.loads(lab("list", "--json").out)["scenarios"]
        self.assertEqual([each["id"] for each in listed if each["not_yet"]], ["K", "O"])

    def test_show_is_a_scenario_file(self):
        result = lab("show", "B")
        self.assertEqual((result.code, result.err), (0, b""))
        path = self.write(json.loads(result.out))
        again, own = (json.loads(lab("run", name, "--simulate", "--json").out) for name in (path, "B"))
        for one, other in zip(again["scenarios"][0]["rows"], own["scenarios"][0]["rows"], strict=True):
            self.assertEqual(one["measures"], other["measures"])

    def test_run_prints_tables(self):
        result = lab("run", "B", "--simulate", "--row", "reject, 100")
        self.assertEqual((result.code, result.err), (0, b""))
        text = result.out.decode()
        self.assertIn("B: A thousand a second", text)
        self.assertRegex(text, r"reject, 100: p50_ms +\S+ +5050 +[+-]\d\.\d % +pass\n")
        self.assertNotIn("unbounded", text)
        self.assertRegex(text, r"simulated time: \d+ checks passed, 0 failed, 0 reported\n$")

    def test_json(self):
        result = lab("run", "A", "--simulate", "--json", "--row", "reject, 100")
        self.assertEqual((result.code, result.err, result.out.count(b"\n")), (0, b"", 1))
        whole = json.loads(result.out)
        self.assertTrue(whole["holds"])
        row = whole["scenarios"][0]["rows"][0]
        self.assertEqual(row["name"], "reject, 100")
        self.assertAlmostEqual(row["measures"]["p50_ms"], 52, delta=0.2)
        self.assertEqual(len(row["over_time"]["at_s"]), len(row["over_time"]["p99_ms"]))
        found = {each["measure"]: each for each in row["findings"]}
        self.assertEqual(found["p50_ms"]["basis"], "1e3 * (capacity / mu + service)")
        self.assertEqual(found["imbalance"]["verdict"], "pass")

    def test_files(self):
        out = os.path.join(self.folder, "deep", "report")
        result = lab("run", "B", "C", "--simulate", "--out", out, "--picture", os.path.join(self.folder, "b.svg"))
        self.assertEqual((result.code, result.err), (0, b""))
        self.assertEqual(sorted(os.listdir(out)), ["data.csv", "data.json", "report.html"])
        with open(os.path.join(out, "data.csv"), encoding="utf-8", newline="") as file:
            lines = list(csv.DictReader(file))
        self.assertEqual({line["scenario"] for line in lines}, {"B", "C"})
        self.assertIn("reject, 100", {line["row"] for line in lines})
        with open(os.path.join(self.folder, "b.svg"), encoding="utf-8") as file:
            self.assertTrue(file.read().startswith("<svg"))

    def test_seed_and_scale(self):
        path = self.write(own_scenario())
        def measured(*options):
            result = lab("run", path, "--simulate", "--json", *options)
            return json.loads(result.out)["scenarios"][0]["rows"][0]["measures"]
        self.assertEqual(measured(), measured("--seed", "1"))
        self.assertNotEqual(measured()["offered"], measured("--seed", "7")["offered"])
        self.assertAlmostEqual(measured("--scale", "2")["offered"], measured()["offered"] / 2, delta=150)

    def test_what_is_not_as_expected_fails(self):
        wrong = [{"measure": "p50_ms", "formula": "1"}]
        result = lab("run", self.write(own_scenario(expected=wrong)), "--simulate")
        self.assertEqual(result.code, 1)
        self.assertRegex(result.out.decode(), r"mine: p50_ms +\S+ +1 +\S+ % +FAIL\n")

    def test_what_vanishes_is_found(self):
        result = lab("run", self.write(own_scenario(lose_every=50)), "--simulate")
        self.assertEqual(result.code, 1)
        self.assertRegex(result.out.decode(), r"mine: imbalance +4 +<= 0 +FAIL\n")

    def test_refusals(self):
        unknown = self.write(own_scenario(expected=[{"measure": "p50_ms", "formula": "nu"}]))
        for arguments, part in (((), "subcommand"), (("run",), "scenarios"), (("run", "Z"), "no scenario 'Z'"),
                                (("run", "K"), "cannot be run yet"), (("run", "./none.json"), "./none.json"),
                                (("run", "A", "--row", "none"), "--row 'none'"), (("show", "Z"), "no scenario 'Z'"),
                                (("run", "A", "--scale", "0"), "--scale '0'"),
                                (("run", "A", "--seed", "x"), "--seed 'x'"),
                                (("run", "A", "--soak", "x"), "--soak 'x'"),
                                (("run", unknown, "--simulate"), "nothing is called 'nu'"),
                                (("run", "B", "--simulate", "--out", "/dev/null/x"), "/dev/null/x")):
            with self.subTest(arguments=arguments):
                self.expect_refused(lab(*arguments), "tidegate lab", part, "accepted: ")

    def test_help(self):
        for arguments, word in ((("--help",), b"run"), (("run", "--help"), b"--simulate")):
            result = lab(*arguments)
            self.assertEqual((result.code, result.err), (0, b""))
            self.assertIn(word, result.out)


if __name__ == "__main__":
    main()
