"""Ctrl-C in real time: what there was until then is reported, and nothing is left unaccounted."""

import json
import os
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../pump/end_to_end"))

from harness import OPTIONS, Case, main

SCENARIO = {"id": "long", "title": "Longer than anybody waits", "rows": [
    {"name": name, "policy": {"kind": "reject", "capacity": 10}, "workers": 2, "service_s": 0.01, "patience_s": 0.5,
     "flows": [{"name": "all", "phases": [{"span_s": 600, "per_second": 500}]}],
     "expected": [{"measure": "served_per_s", "formula": "mu"}]} for name in ("first", "second")]}


class Interrupt(Case):
    def test_ends_with_a_partial_report(self):
        for which in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=which), tempfile.TemporaryDirectory() as folder:
                self.interrupt(which, folder)

    def interrupt(self, which, folder):
        path = os.path.join(folder, "long.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(SCENARIO, file)
        command = [OPTIONS.tidegate, "lab", "run", path, "--json", "--out", os.path.join(folder, "out")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
            said = running.stderr.readline()  # the first row is about to begin
            self.assertIn(b"1/2 long: first", said)
            running.send_signal(which)
            out, err = running.communicate(timeout=60)
        self.assertEqual((running.returncode, err), (3, b""))
        whole = json.loads(out)
        self.assertTrue(whole["interrupted"])
        rows = whole["scenarios"][0]["rows"]
        self.assertEqual([each["name"] for each in rows], ["first"], "nothing new is begun")
        verdicts = {each["measure"]: each["verdict"] for each in rows[0]["findings"]}
        self.assertEqual(verdicts["imbalance"], "pass")
        self.assertEqual(verdicts["served_per_s"], "reported", "of a part of the run nothing is asked")
        with open(os.path.join(folder, "out", "report.html"), encoding="utf-8") as file:
            self.assertIn("interrupted", file.read())


if __name__ == "__main__":
    main()
