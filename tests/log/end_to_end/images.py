"""Writes segment files of a log: a second hand at the format of docs/design/logs.md, sharing nothing with the first."""

import os
import struct

MAGIC = b"\x89TGL\r\n\x1a\n"
DATA, PAD, MARK, GAP = range(4)


def _table():
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        yield value


TABLE = list(_table())


def crc32c(data):
    state = 0xFFFFFFFF
    for byte in data:
        state = state >> 8 ^ TABLE[(state ^ byte) & 0xFF]
    return state ^ 0xFFFFFFFF


def header(number, first_seq, salt, marks=False, durable=0):
    fields = struct.pack("<8sIIQQQQQI", MAGIC, 1, marks, number, first_seq, salt, 1_700_000_000 * 10**9, durable, 0)
    return fields + struct.pack("<I", crc32c(fields))


def frame(salt, seq, payload, kind=DATA):
    word = len(payload) | kind << 30
    crc = crc32c(struct.pack("<QIQ", salt, word, seq) + payload)
    return struct.pack("<IIQ", word, crc, seq) + payload + bytes(-len(payload) % 8)


def segment(number, first_seq, records, **more):
    """The file's name and its bytes."""
    salt = 0x1234567890ABCDEF + number
    data = header(number, first_seq, salt, **more)
    for seq, record in enumerate(records, first_seq):
        data += frame(salt, seq, record)
    return f"app-{number:010}-{first_seq:020}.log", data


def put(folder, number, first_seq, records, change=lambda data: data, **more):
    """Writes it, changed; returns its path."""
    name, data = segment(number, first_seq, records, **more)
    path = os.path.join(folder, name)
    with open(path, "wb") as file:
        file.write(change(data))
    return path
