"""Counters files made after docs/design/counters-file.md alone: a second writer, which the reader must agree with."""

import os
import struct
import time

MAGIC = b"\x89TGC\r\n\x1a\n"
MASK = (1 << 64) - 1
NONE = MASK
HEADER_BYTES, FIELD_BYTES, HEAD_BYTES = 128, 64, 40
COUNTER, GAUGE, LABEL = 1, 2, 3
WHOLE, REAL, TEXT = 1, 2, 3

FIELDS = [("name", "", LABEL, TEXT, 64), ("kind", "", LABEL, TEXT, 16), ("policy", "", LABEL, TEXT, 32)]
FIELDS += [(name, "", GAUGE, WHOLE, 8) for name in (
    "capacity depth peak_depth weight_bytes weight_limit_bytes max_bytes time_to_full_ns drain_time_ns oldest_age_ns"
    " sojourn_count sojourn_p50_ns sojourn_p99_ns sojourn_p999_ns sojourn_longest_ns").split()]
FIELDS += [(name, "1/s", GAUGE, REAL, 8) for name in
           "saturation arrival_rate drain_rate slope slope_error".split()]
FIELDS += [(name, "items", COUNTER, WHOLE, 8) for name in
           "entered left full_events rejected dropped evicted lost".split()]


def checksum(data, start=0):
    total = start ^ 0xCBF29CE484222325
    for (word,) in struct.iter_unpack("=Q", data):
        total = (total ^ word) * 0x100000001B3 & MASK
        total ^= total >> 32
    total = total * 0xFF51AFD7ED558CCD & MASK
    return total ^ (total >> 33)


def sealed(part, at):
    """`part` with its checksum in the word at `at`, which counts as 0; the part behind continues the one before."""
    before = checksum(bytes(8), checksum(part[:at]))
    return part[:at] + struct.pack("=Q", checksum(part[at + 8:], before)) + part[at + 8:]


def started_ticks(pid):
    with open(f"/proc/{pid}/stat") as stat:
        return int(stat.read().rpartition(")")[2].split()[19])


class Image:
    """One file. `publish` writes a sample as the library does; everything can be set wrongly on purpose."""

    def __init__(self, path, pid=None, process="sluice", fields=None, most_rows=16, version=1, age_s=0.0):
        self.path, self.fields, self.most_rows = path, fields or FIELDS, most_rows
        self.pid = os.getpid() if pid is None else pid
        self.row_bytes = 8 + sum(field[4] for field in self.fields)
        self.header_bytes = HEADER_BYTES + FIELD_BYTES * len(self.fields)
        self.frame_bytes = HEAD_BYTES + most_rows * self.row_bytes
        self.sequence = 0
        base = time.monotonic_ns() - int(age_s * 1e9)
        fixed = MAGIC + struct.pack(
            "=IIQIIIIIIIIQQQQQ32s", version, 0x01020304, 0, HEADER_BYTES, FIELD_BYTES, len(self.fields),
            self.header_bytes, HEAD_BYTES, self.row_bytes, most_rows, self.pid, started_ticks(self.pid),
            os.stat("/proc/self/ns/pid").st_ino, time.time_ns() - int(age_s * 1e9), base, 100_000_000,
            process.encode())
        offset, table = 8, b""
        for name, unit, kind, kind_of_value, length in self.fields:
            table += struct.pack("=32s16sIIII", name.encode(), unit.encode(), offset, length, kind, kind_of_value)
            offset += length
        with open(path + ".new", "wb") as file:
            file.write(sealed(fixed + table, 16) + bytes(2 * self.frame_bytes))
        os.rename(path + ".new", path)
        self.publish([])

    def row(self, values):
        data = b""
        for name, _, _, kind, length in self.fields:
            value = values.get(name, b"" if kind == TEXT else 0)
            if kind == TEXT:
                data += (value if isinstance(value, bytes) else value.encode())[:length - 1].ljust(length, b"\0")
            else:
                data += struct.pack("=d" if kind == REAL else "=Q", value)
        return data

    def publish(self, rows, left_out=0, age_s=0.0):
        self.sequence += 1
        head = struct.pack("=QQQQQ", self.sequence, time.monotonic_ns() - int(age_s * 1e9), len(rows), left_out, 0)
        frame = sealed(head, 32)
        for place, values in enumerate(rows):
            data = self.row(values)
            salt = (self.sequence * 0x9E3779B97F4A7C15 + place) & MASK
            frame += struct.pack("=Q", checksum(data, salt)) + data
        with open(self.path, "r+b") as file:
            file.seek(self.frame_at(self.sequence))
            file.write(frame)

    def frame_at(self, sequence):
        return self.header_bytes + sequence % 2 * self.frame_bytes

    def spoil(self, offset, data):
        """Writes `data` over what is there."""
        with open(self.path, "r+b") as file:
            file.seek(offset)
            file.write(data)


def queue(name, depth=0, capacity=1000, **more):
    """A row as a queue of the library has it."""
    values = {"name": name, "kind": "queue", "policy": "block", "capacity": capacity, "depth": depth,
              "peak_depth": depth, "saturation": depth / capacity, "max_bytes": 64 * capacity,
              "time_to_full_ns": NONE, "sojourn_count": 1}
    values.update(more)
    return values
