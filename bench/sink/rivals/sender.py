"""A sender for bench/sink, driven by lines on standard input.

  run VIA ADDRESS BYTES RECORDS PAUSE_MS   sends, closes, answers "done CPU_NS" (of this process, since the line)
  stall ADDRESS BYTES RATE                 sends RATE records a second until the input ends; prints "ACCEPTED QUEUED"

Modes (first argument): "each" is write() and drain() a record; "batch" is writelines() of 64 and one drain();
"heedless" (stall only) never drains.
"""
import asyncio
import sys
import time

BATCH = 64


def middle_of(record_bytes):
    return bytes(i & 0xFF for i in range(8, record_bytes - 8))


async def connect(via, address):
    if via == "tcp":
        return await asyncio.open_connection("127.0.0.1", int(address))
    return await asyncio.open_unix_connection(address)


async def send_each(writer, middle, records):
    for number in range(1, records + 1):
        ends = number.to_bytes(8, "little")
        writer.write(ends + middle + ends)
        await writer.drain()


async def send_batches(writer, middle, records):
    for first in range(1, records + 1, BATCH):
        batch = []
        for number in range(first, min(first + BATCH, records + 1)):
            ends = number.to_bytes(8, "little")
            batch.append(ends + middle + ends)
        writer.writelines(batch)
        await writer.drain()


async def send_paced(writer, middle, records, pause_ms):
    for number in range(1, records + 1):
        await asyncio.sleep(pause_ms / 1000)
        ends = number.to_bytes(8, "little")
        writer.write(ends + time.monotonic_ns().to_bytes(8, "little") + middle[8:] + ends)
        await writer.drain()


async def run(mode, via, address, record_bytes, records, pause_ms):
    before = time.process_time_ns()
    _, writer = await connect(via, address)
    middle = middle_of(record_bytes)
    if pause_ms > 0:
        await send_paced(writer, middle, records, pause_ms)
    elif mode == "each":
        await send_each(writer, middle, records)
    else:
        await send_batches(writer, middle, records)
    writer.close()
    await writer.wait_closed()
    print("done", time.process_time_ns() - before, flush=True)


async def stall(mode, address, record_bytes, rate, ended):
    _, writer = await connect("tcp", address)
    middle = middle_of(record_bytes)
    accepted = 0
    began = time.monotonic()
    drained = None
    while not ended.is_set():
        await asyncio.sleep(0.01)
        if drained is None or drained.done():
            due = int((time.monotonic() - began) * rate)
            while accepted < due:
                accepted += 1
                ends = accepted.to_bytes(8, "little")
                writer.write(ends + middle + ends)
                if mode != "heedless" and accepted % BATCH == 0:
                    drained = asyncio.ensure_future(writer.drain())
                    await asyncio.sleep(0)
                    if not drained.done():
                        break
        print(accepted, writer.transport.get_write_buffer_size(), flush=True)
    if drained is not None:
        await drained
    writer.close()
    await writer.wait_closed()


async def main(mode):
    lines = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    ended = asyncio.Event()
    tasks = []
    while line := (await lines.readline()).decode():
        command, *words = line.split()
        if command == "run":
            await run(mode, words[0], words[1], *map(int, words[2:5]))
        elif command == "stall":
            tasks.append(asyncio.create_task(stall(mode, words[0], int(words[1]), int(words[2]), ended)))
    ended.set()
    for task in tasks:
        await task


asyncio.run(main(sys.argv[1]))
