#!/usr/bin/env python3
"""Opens the lab's report in headless Chromium, offline, and reads back what it shows.

usage: page_test.py --tidegate PROGRAM --browser PROGRAM

--browser   Chromium, or its headless shell; when empty, the test is skipped, loudly
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

SKIPPED = 77
OPTIONS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--enable-logging=stderr",
           "--host-resolver-rules=MAP * ~NOTFOUND", "--virtual-time-budget=4000", "--window-size=1200,900"]

PROBE = r"""
<script>
window.addEventListener('load', () => {
  const found = {charts: {}, tables: [], loaded: performance.getEntriesByType('resource').map((entry) => entry.name)};
  for (const canvas of document.querySelectorAll('canvas')) {
    const chart = Chart.getChart(canvas);
    found.charts[canvas.id] = {
      scale: chart.scales.y.type,
      lines: chart.data.datasets.map((set) => ({name: set.label, points: set.data.map((point) => [point.x, point.y])})),
    };
  }
  for (const table of document.querySelectorAll('table')) {
    found.tables.push([...table.rows].map((row) => [...row.cells].map((cell) => cell.innerText.trim())));
  }
  found.title = document.querySelector('h1').innerText;
  found.badges = [...document.querySelectorAll('.badges li')].map((badge) => badge.innerText);
  const out = document.createElement('pre');
  out.id = 'found';
  out.textContent = JSON.stringify(found);
  document.body.append(out);
});
</script>
</body>
"""


def render(page):
    """What the page shows after all its scripts ran, and what the console said."""
    probed = page.with_name("probed.html")
    probed.write_text(page.read_text().replace("</body>\n", PROBE))
    with tempfile.TemporaryDirectory() as profile:
        command = [arguments.browser, *OPTIONS, f"--user-data-dir={profile}", "--dump-dom", probed.as_uri()]
        done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    match = re.search(r'<pre id="found">(.*?)</pre>', done.stdout, re.DOTALL)
    assert match, f"the page did not finish: {done.stderr}"
    text = match[1].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return json.loads(text), [line for line in done.stderr.splitlines() if ":CONSOLE" in line]


class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        out = folder / "out"
        command = [arguments.tidegate, "lab", "run", "A", "--simulate", "--out", out]
        subprocess.run(command, stdout=subprocess.DEVNULL, timeout=100, check=True)
        cls.data = json.loads((out / "data.json").read_text())
        cls.found, cls.console = render(out / "report.html")

    def rows_of(self, head):
        """Of the table whose first row begins so."""
        return {row[0]: row for table in self.found["tables"] if table[0][:2] == head for row in table[1:]}

    def test_needs_nothing_else(self):
        self.assertEqual((self.found["loaded"], self.console), ([], []))

    def test_head(self):
        self.assertEqual(self.found["title"], "Overload lab")
        self.assertEqual(len(self.found["badges"]), 1)
        self.assertIn("77 passed, 0 failed", self.found["badges"][0])

    def test_panels_show_the_measured_curves(self):
        depth, latency, useful = (self.found["charts"][f"plot-0-0-{i}"] for i in range(3))
        self.assertEqual((latency["scale"], useful["scale"]), ("logarithmic", "linear"))
        for chart in (depth, latency, useful):
            names = [line["name"] for line in chart["lines"]]
            self.assertEqual(names[:3], ["unbounded", "reject, 1,024", "reject, 100"])
        peak = {line["name"]: max(y or 0 for x, y in line["points"] if x <= 22) for line in depth["lines"]}
        self.assertEqual((peak["reject, 1,024"], peak["reject, 100"]), (1024, 100))
        def late(chart, name):
            points = next(line["points"] for line in chart["lines"] if line["name"] == name)
            return [y for x, y in points if 7 < x < 12]
        self.assertTrue(all(3900 < y < 8000 for y in late(latency, "unbounded")))
        self.assertTrue(all(51 < y < 53 for y in late(latency, "reject, 100")))
        self.assertEqual(set(late(useful, "reject, 1,024")), {0})
        self.assertTrue(all(1900 < y < 2100 for y in late(useful, "reject, 100")))

    def test_tables_show_what_was_measured_and_expected(self):
        measured = self.rows_of(["row", "served"])
        self.assertEqual(measured["reject, 100"][3], "51.9 ms")
        self.assertEqual(measured["unbounded"][2], "0/s")
        held = [row for table in self.found["tables"] if table[0][:2] == ["row", "measure"] for row in table[1:]]
        self.assertEqual(len(held), 77)
        one = next(row for row in held if row[:2] == ["reject, 100", "p50_ms"])
        self.assertEqual(one[2], "52 ms")
        self.assertEqual(one[6], "1e3 * (capacity / mu + service)")
        accounts = self.rows_of(["row", "offered"])
        self.assertEqual({row[-1] for row in accounts.values()}, {"0"})
        self.assertEqual(accounts["reject, 100"][1], "111,667")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--tidegate", required=True)
    parser.add_argument("--browser", required=True)
    arguments, rest = parser.parse_known_args()
    if not arguments.browser:
        print("*** SKIPPED: no Chromium: the report was not opened (Debian: chromium-headless-shell) ***")
        sys.exit(SKIPPED)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        unittest.main(argv=[sys.argv[0], *rest])
