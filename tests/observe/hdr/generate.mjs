// generate.mjs: writes golden/*.txt: durations, and what HdrHistogram (hdr-histogram-js) says of them.
//
// usage: node generate.mjs [--check]
//
// --check: writes nothing, and fails unless the files are what would be written.
// Needs `npm ci` in this folder. The files are committed, so that the tests need neither npm nor node.
import * as fs from "node:fs";
import * as hdr from "hdr-histogram-js";

const folder = new URL("golden/", import.meta.url);
const percentiles = [0, 1, 10, 25, 50, 75, 90, 95, 99, 99.9, 99.99, 99.999, 100];
const hour = 3_600_000_000_000;

/** Numbers in [0, 1), the same everywhere. */
function* chance(seed) {
  let state = seed >>> 0;
  for (;;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

function draw(seed, count, shape) {
  const random = chance(seed);
  return Array.from({ length: count }, () => Math.floor(shape(() => random.next().value)));
}

const exponential = (mean) => (next) => -mean * Math.log(1 - next());
const uniform = (most) => (next) => next() * most;
/** Every length of number, as many as of any other. */
const scales = (most) => (next) => Math.exp(next() * Math.log(most));
const stalls = (next) => (next() < 0.99 ? 20_000 + next() * 5_000 : 1e9 + next() * 1e9);

/** name: [significant digits, highest, ticks a half, unit, durations] */
const cases = {
  empty: [2, hour, 5, 1000, []],
  one: [3, hour, 5, 1, [12_345_678]],
  zeros: [2, hour, 5, 1, [0, 0, 0, 1]],
  small: [3, hour, 5, 1, draw(1, 600, uniform(3_000))],
  exponential: [2, hour, 5, 1000, draw(2, 1500, exponential(2e6))],
  scales: [3, hour, 10, 1000, draw(3, 1500, scales(hour))],
  stalls: [2, hour, 5, 1e6, draw(4, 1500, stalls)],
  coarse: [1, hour, 2, 1000, draw(5, 800, scales(1e9))],
  fine: [5, 10_000_000, 5, 1000, draw(6, 800, uniform(10_000_000))],
};

function text([digits, highest, ticks, unit, durations]) {
  const all = hdr.build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: highest,
    numberOfSignificantValueDigits: digits,
    bitBucketSize: 32,
    useWebAssembly: false,
  });
  for (const duration of durations) all.recordValue(duration);
  const lines = [`digits ${digits}`, `highest ${highest}`, `ticks ${ticks}`, `unit ${unit}`];
  for (const duration of durations) lines.push(`record ${duration}`);
  for (const percent of percentiles) lines.push(`percentile ${percent} ${all.getValueAtPercentile(percent)}`);
  lines.push(`mean ${all.mean}`, `deviation ${all.stdDeviation}`, `count ${all.totalCount}`, "hgrm");
  return `${lines.join("\n")}\n${all.outputPercentileDistribution(ticks, unit)}`;
}

const check = process.argv.includes("--check");
let differing = 0;
for (const [name, one] of Object.entries(cases)) {
  const file = new URL(`${name}.txt`, folder);
  const wanted = text(one);
  if (!check) {
    fs.writeFileSync(file, wanted);
  } else if (!fs.existsSync(file) || fs.readFileSync(file, "utf8") !== wanted) {
    console.error(`${file.pathname} is not what HdrHistogram says: run node generate.mjs`);
    differing += 1;
  }
}
console.log(`${Object.keys(cases).length} files ${check ? "compared" : "written"}, ${differing} differ`);
process.exit(differing === 0 ? 0 : 1);
