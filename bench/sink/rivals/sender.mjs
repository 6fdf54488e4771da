// A sender for bench/sink, driven by lines on standard input.
//
//   run VIA ADDRESS BYTES RECORDS PAUSE_MS   sends, closes, answers "done CPU_NS" (of this process, since the line)
//   stall ADDRESS BYTES RATE                 sends RATE records a second until the input ends; prints "ACCEPTED QUEUED"
//
// Modes (first argument): "pipeline" is stream.pipeline() from a Readable that makes one record a push; "cork" is
// cork(), 64 writes, uncork(), then 'drain' when write() said so; "heedless" (stall only) never waits for 'drain'.
import fs from 'node:fs';
import net from 'node:net';
import readline from 'node:readline';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const mode = process.argv[2];
const batch = 64;

function patternOf(bytes) {
  const pattern = Buffer.alloc(bytes);
  for (let i = 0; i < bytes; ++i) pattern[i] = i & 0xff;
  return pattern;
}

function numberRecord(record, number) {
  const low = number >>> 0;
  const high = Math.floor(number / 2 ** 32);
  const last = record.length - 8;
  record.writeUInt32LE(low, 0);
  record.writeUInt32LE(high, 4);
  record.writeUInt32LE(low, last);
  record.writeUInt32LE(high, last + 4);
  return record;
}

/** Each record needs memory of its own: the stream keeps it until it is written. */
function makeRecord(pattern, number) {
  const record = Buffer.allocUnsafe(pattern.length);
  pattern.copy(record);
  return numberRecord(record, number);
}

async function open(via, address) {
  if (via === 'file') return fs.createWriteStream(address, { flags: 'wx' });
  const socket = via === 'tcp' ? net.connect(Number(address), '127.0.0.1') : net.connect(address);
  await once(socket, 'connect');
  socket.setNoDelay?.(true);
  return socket;
}

function recordsFrom(pattern, records) {
  let number = 0;
  return new Readable({
    read() {
      while (number < records) {
        if (!this.push(makeRecord(pattern, ++number))) return;
      }
      this.push(null);
    },
  });
}

async function sendCorked(out, pattern, records) {
  for (let number = 0; number < records;) {
    out.cork();
    let goOn = true;
    for (let i = 0; i < batch && number < records; ++i) goOn = out.write(makeRecord(pattern, ++number));
    out.uncork();
    if (!goOn && out.writableNeedDrain) await once(out, 'drain');
  }
}

async function sendPaced(out, pattern, records, pauseMs) {
  for (let number = 1; number <= records; ++number) {
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    const record = makeRecord(pattern, number);
    record.writeBigUInt64LE(process.hrtime.bigint(), 8);
    out.write(record);
  }
}

async function close(out) {
  out.end();
  await once(out, 'close');
}

async function run(via, address, bytes, records, pauseMs) {
  const before = process.cpuUsage();
  const out = await open(via, address);
  const pattern = patternOf(bytes);
  if (pauseMs > 0) {
    await sendPaced(out, pattern, records, pauseMs);
    await close(out);
  } else if (mode === 'pipeline') {
    await pipeline(recordsFrom(pattern, records), out);
  } else {
    await sendCorked(out, pattern, records);
    await close(out);
  }
  const used = process.cpuUsage(before);
  console.log(`done ${(used.user + used.system) * 1000}`);
}

function stall(address, bytes, rate, lines) {
  const socket = net.connect(Number(address), '127.0.0.1');
  const pattern = patternOf(bytes);
  let accepted = 0;
  let waits = false;
  const tick = () => {
    const due = Math.floor(((performance.now() - began) * rate) / 1000);
    socket.cork();
    while (accepted < due && !waits) {
      const goOn = socket.write(makeRecord(pattern, ++accepted));
      if (!goOn && mode !== 'heedless') waits = true;
    }
    socket.uncork();
    console.log(`${accepted} ${socket.writableLength}`);
  };
  socket.on('drain', () => { waits = false; });
  let began = 0;
  let timer;
  socket.on('connect', () => {
    began = performance.now();
    timer = setInterval(tick, 10);
  });
  lines.on('close', () => {
    clearInterval(timer);
    socket.end();
  });
}

const lines = readline.createInterface({ input: process.stdin });
lines.on('line', async (line) => {
  const [command, ...words] = line.split(' ');
  if (command === 'run') await run(words[0], words[1], Number(words[2]), Number(words[3]), Number(words[4]));
  if (command === 'stall') stall(words[0], Number(words[1]), Number(words[2]), lines);
});
