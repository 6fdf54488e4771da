#!/usr/bin/env python3
"""Opens the sample report in headless Chromium, as a reader would, and reads back what is drawn.

usage: browser_test.py --sample PROGRAM --browser PROGRAM [--pictures FOLDER]

--sample    the program that writes the pages (report_sample)
--browser   Chromium, or its headless shell; when empty, the test is skipped, loudly
--pictures  also leave screenshots there: light, dark, narrow
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
OPTIONS = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
           "--enable-logging=stderr", "--host-resolver-rules=MAP * ~NOTFOUND", "--virtual-time-budget=4000"]

# Runs in the page after everything else, and leaves what it found in the element "found".
PROBE = r"""
<script>
window.addEventListener('load', () => {
  const found = {drawn: document.documentElement.dataset.drawn, charts: {}, loaded: [], formats: 0, differ: []};
  const inked = (canvas) => {
    const {width, height} = canvas;
    const bytes = canvas.getContext('2d').getImageData(0, 0, width, height).data;
    let count = 0;
    for (let i = 3; i < bytes.length; i += 4) count += bytes[i] > 0;
    return count / (width * height);
  };
  const wears = (chart, x, y, colour) => {  // whether that colour is within two pixels of that place
    const scale = window.devicePixelRatio;
    const bytes = chart.ctx.getImageData(Math.round(x * scale) - 2, Math.round(y * scale) - 2, 5, 5).data;
    const probe = document.createElement('canvas').getContext('2d');
    probe.fillStyle = colour;
    probe.fillRect(0, 0, 1, 1);
    const wanted = probe.getImageData(0, 0, 1, 1).data;
    for (let i = 0; i < bytes.length; i += 4) {
      if ([0, 1, 2].every((k) => Math.abs(bytes[i + k] - wanted[k]) < 40) && bytes[i + 3] > 150) return true;
    }
    return false;
  };
  const isAt = (chart, set, index) => {
    const at = chart.getDatasetMeta(set).data[index];
    return Number.isFinite(at.x + at.y) && wears(chart, at.x, at.y, chart.data.datasets[set].borderColor);
  };
  const ink = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const chartOf = (id) => Chart.getChart(document.getElementById(id));
  const {latency, ranks} = {latency: chartOf('plot-0-0-1'), ranks: chartOf('plot-1-0-0')};
  const along = (length) => Array.from({length}, (_, i) => i);
  found.limit = along(40).filter((i) => wears(latency, latency.chartArea.left + 5 + 3 * i,
                                              latency.scales.y.getPixelForValue(0.1), ink('limit'))).length;
  found.shade = [1, 7, 13].map((second) => wears(latency, latency.scales.x.getPixelForValue(second),
                                                 latency.chartArea.bottom - 8, ink('shade')));
  found.whisker = [275e6, 280e6, 305e6, 330e6].map(
      (value) => wears(ranks, ranks.scales.x.getPixelForValue(value), ranks.scales.y.getPixelForValue(1), ink('text')));
  for (const canvas of document.querySelectorAll('canvas')) {
    const chart = Chart.getChart(canvas);
    const axis = (name) => {
      const {min, max, type, ticks} = chart.scales[name];
      return {min, max, type, ticks: ticks.map((tick) => tick.label)};
    };
    found.charts[canvas.id] = {
      type: chart.config.type, ink: inked(canvas), label: canvas.getAttribute('aria-label'),
      x: axis('x'), y: chart.config.type === 'bar' ? chart.scales.y.getLabels() : axis('y'),
      sets: chart.data.datasets.map((set) => ({name: set.label, width: set.borderWidth, data: set.data})),
      at: chart.config.type === 'line' ? chart.data.datasets.map(
          (set, i) => set.data.filter((point, index) => index % 8 === 0 && isAt(chart, i, index)).length) : [],
    };
  }
  for (const place of document.querySelectorAll('td[data-unit]')) {
    found.formats += 1;
    const said = window.tidegateReport.format(Number(place.dataset.value), place.dataset.unit);
    if (!place.textContent.startsWith(said)) found.differ.push([place.dataset.value, place.textContent, said]);
  }
  const head = [...document.querySelectorAll('th button')].find((button) => button.textContent === 'measured');
  const firsts = () => [...head.closest('table').tBodies[0].rows].map((row) => row.cells[0].textContent);
  head.click();
  found.rising = firsts();
  head.click();
  found.falling = firsts();
  found.sort = head.parentElement.getAttribute('aria-sort');
  const key = document.querySelector('.legend button');
  const first = Chart.getChart(key.closest('figure').querySelector('canvas'));
  key.click();
  found.hidden = first.data.datasets.map((set, i) => !first.isDatasetVisible(i) && set.label).filter((name) => name);
  key.click();
  found.shown = first.data.datasets.every((set, i) => first.isDatasetVisible(i));
  found.loaded = performance.getEntriesByType('resource').map((entry) => entry.name);
  found.dark = matchMedia('(prefers-color-scheme: dark)').matches;
  found.wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  found.paper = getComputedStyle(document.body).backgroundColor;
  const out = document.createElement('pre');
  out.id = 'found';
  out.textContent = JSON.stringify(found);
  document.body.append(out);
});
</script>
</body>
"""


def browse(path, *options):
    """(document after all scripts ran, what the console said)."""
    with tempfile.TemporaryDirectory() as profile:
        command = [arguments.browser, *OPTIONS, f"--user-data-dir={profile}", *options, path.as_uri()]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    said = [line for line in done.stderr.splitlines() if ":CONSOLE" in line]
    return done.stdout, [line for line in said if "willReadFrequently" not in line]  # advice for the probe


def probe(page, *options):
    path = folder / f"probed-{page.name}"
    path.write_text(page.read_text().replace("</body>\n", PROBE))
    document, console = browse(path, "--dump-dom", *options)
    match = re.search(r'<pre id="found">(.*?)</pre>', document, re.DOTALL)
    assert match, f"the page did not finish: {console}"
    text = match[1].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return json.loads(text), document, console


class Live(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.page = folder / "live.html"
        if 'class="live"' not in cls.page.read_text():
            print("*** SKIPPED: built without Chart.js (tools/setup --for build), no chart to look at ***")
            raise unittest.SkipTest("built without Chart.js")
        cls.found, cls.document, cls.console = probe(cls.page, "--window-size=1100,900")
        script = re.search(r'id="report-data">(.*?)</script>', cls.page.read_text(), re.DOTALL)
        cls.data = json.loads(script[1])

    def chart(self, section, item, number=0):
        return self.found["charts"][f"plot-{section}-{item}-{number}"]

    def test_nothing_is_said_and_nothing_is_fetched(self):
        self.assertEqual(self.console, [])
        self.assertEqual(self.found["loaded"], [])

    def test_every_chart_is_drawn(self):
        self.assertEqual(len(self.found["charts"]), 4 + 2 + 1 + 6 + 3)
        self.assertEqual(self.found["drawn"], str(len(self.found["charts"])))
        for name, chart in self.found["charts"].items():
            self.assertGreater(chart["ink"], 0.003, name)
            self.assertIn("table below", chart["label"])

    def test_lines_hold_the_values_of_the_report(self):
        for number, panel in enumerate(self.data["sections"][0]["items"][0]["panels"]):
            chart = self.chart(0, 0, number)
            for line, drawn in zip(panel["lines"], chart["sets"], strict=True):
                self.assertEqual(drawn["name"], line["name"])
                self.assertEqual([point["x"] for point in drawn["data"]], line["x"])
                self.assertEqual([point["y"] for point in drawn["data"]], line["y"])

    def test_lines_are_where_their_values_say(self):
        for number in range(4):
            chart = self.chart(0, 0, number)
            seen = {line["name"]: count for line, count in zip(chart["sets"], chart["at"], strict=True)}
            self.assertGreaterEqual(seen["reject, C = 100"], 28, seen)  # of 30 points; ours is on top
            if chart["y"]["type"] == "logarithmic":  # there, they do not lie on each other
                self.assertGreater(min(seen.values()), 15, seen)

    def test_limits_stretches_and_spreads_are_drawn(self):
        self.assertGreater(self.found["limit"], 20, "of 40 places along a dashed line")
        self.assertEqual(self.found["shade"], [False, True, False])
        self.assertEqual(self.found["whisker"], [False, True, True, True])

    def test_axes(self):
        depth, latency = self.chart(0, 0, 0), self.chart(0, 0, 1)
        self.assertEqual((depth["x"]["min"], depth["x"]["max"]), (0, 22))
        self.assertEqual((latency["x"]["min"], latency["x"]["max"]), (0, 22))
        self.assertEqual(depth["y"]["ticks"][:2], ["0", "20 k"])
        self.assertEqual(latency["y"]["type"], "logarithmic")
        self.assertEqual(latency["y"]["ticks"], ["1 ms", "10 ms", "100 ms", "1 s", "10 s"])
        self.assertEqual(self.chart(0, 0, 3)["y"]["ticks"][1], "32 MiB")
        self.assertEqual(self.chart(2, 0)["x"]["ticks"][1:4], ["50 %", "90 %", "99 %"])

    def test_ours_is_strongest(self):
        widths = {line["name"]: line["width"] for line in self.chart(0, 0)["sets"]}
        self.assertEqual(max(widths, key=widths.get), "reject, C = 100")

    def test_bars_are_ranked(self):
        for item, kind in enumerate(["linear", "logarithmic"]):
            chart = self.chart(1, item)
            self.assertEqual(chart["x"]["type"], kind)
            self.assertEqual(chart["y"][0], "tidegate::spsc_ring")
            self.assertEqual(chart["sets"][0]["data"][:2], [498e6, 305e6])
            self.assertIsNone(chart["sets"][0]["data"][-1])

    def test_small_multiples_share_their_axes(self):
        ends = {json.dumps([chart["x"]["min"], chart["x"]["max"], chart["y"]["min"], chart["y"]["max"]])
                for name, chart in self.found["charts"].items() if name.startswith("plot-3-0-")}
        self.assertEqual(len(ends), 1)

    def test_gaps_stay_gaps(self):
        odd = self.chart(4, 0, 0)["sets"]
        self.assertEqual([len(line["data"]) for line in odd], [0, 1, 5, 2])
        self.assertEqual([point["y"] for point in odd[2]["data"]], [1, None, None, 3, 4])
        logarithm = self.chart(4, 0, 1)["sets"][0]["data"]
        self.assertEqual([point["y"] for point in logarithm], [None, .001, None, .002, .008])

    def test_page_and_program_print_numbers_alike(self):
        self.assertGreater(self.found["formats"], 300)
        self.assertEqual(self.found["differ"], [])

    def test_tables_sort(self):
        self.assertEqual(self.found["rising"][0], "</script><img src=x onerror=alert(1)>&amp;\"'<!--")
        self.assertEqual(self.found["rising"][-2:], ["unbounded", "not measured"])
        self.assertEqual(self.found["falling"][0], "unbounded")
        self.assertEqual(self.found["falling"][-1], "not measured")
        self.assertEqual(self.found["sort"], "descending")

    def test_a_series_goes_and_comes_back(self):
        self.assertEqual(self.found["hidden"], ["reject, C = 100"])
        self.assertTrue(self.found["shown"])


class Screens(unittest.TestCase):
    def test_narrow_and_dark(self):
        if 'class="live"' not in (folder / "live.html").read_text():
            self.skipTest("built without Chart.js")
        found, _, console = probe(folder / "live.html", "--window-size=390,900",
                                  "--blink-settings=preferredColorScheme=0")
        self.assertEqual(console, [])
        self.assertTrue(found["dark"])
        self.assertEqual(found["paper"], "rgb(18, 22, 28)")
        self.assertEqual(found["wide"], 0, "the page itself scrolls sideways")

    def test_still_pages_need_no_chart_js(self):
        document, console = browse(folder / "still.html", "--dump-dom")
        self.assertEqual(console, [])
        self.assertNotIn("<canvas", document)
        self.assertIn('data-drawn="0"', document)
        self.assertEqual(document.count('<div class="still">'), 6)


def pictures(where):
    where.mkdir(parents=True, exist_ok=True)
    light, dark = "--blink-settings=preferredColorScheme=1", "--blink-settings=preferredColorScheme=0"
    for name, page, size, scheme in [("light", "live", "1100,5600", light), ("dark", "live", "1100,5600", dark),
                                     ("narrow", "live", "390,6800", light), ("still", "still", "1100,5600", light),
                                     ("still-dark", "still", "1100,5600", dark)]:
        browse(folder / f"{page}.html", f"--screenshot={where / name}.png", f"--window-size={size}", scheme)
    for name in ["overload", "ranking"]:
        browse(folder / f"{name}.svg", f"--screenshot={where / name}.png", "--window-size=820,1000")
    browse(folder / "live.html", f"--print-to-pdf={where / 'print.pdf'}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", required=True)
    parser.add_argument("--browser", required=True)
    parser.add_argument("--pictures", type=pathlib.Path)
    arguments, rest = parser.parse_known_args()
    if not arguments.browser:
        print("*** SKIPPED: no Chromium (tools/setup --for test), no page was looked at ***")
        sys.exit(SKIPPED)
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        subprocess.run([arguments.sample, folder], check=True)
        if arguments.pictures:
            pictures(arguments.pictures.resolve())
        unittest.main(argv=[sys.argv[0], *rest])
