"""Every kind of record arrives byte for byte, counted, whatever it holds and however it is read."""

import hashlib
import os
import random
import struct
import subprocess
import threading

from harness import BACKENDS, OPTIONS, Case, main, pump


def random_lines(seed, count, longest=300):
    """Lines of any bytes, zero bytes included; the last one has no newline."""
    source = random.Random(seed)
    lines = [source.randbytes(source.randrange(longest)).replace(b"\n", b"\0") for _ in range(count)]
    return b"\n".join(lines) + b"end"


def prefixed(content):
    return struct.pack("<I", len(content)) + content


class Records(Case):
    def expect_identical(self, data, records, *arguments, code=0):
        """Through a file and through pipes, on both backends."""
        self.write("in", data)
        for backend in BACKENDS:
            flags = [*arguments, "--backend", backend, "--json"]
            result = pump(*flags, f"file:{self.path('in')}", f"file:{self.path('out')}")
            self.assertEqual(result.code, code, result)
            self.assertEqual(hashlib.sha256(self.read("out")).digest(), hashlib.sha256(data).digest())
            self.expect_account(result, offered=records, delivered=records)
            through_pipes = pump(*flags, "-", "-", data=data)
            self.assertEqual(through_pipes.code, code, through_pipes)
            self.assertEqual(hashlib.sha256(through_pipes.out).digest(), hashlib.sha256(data).digest())
            self.expect_account(through_pipes, offered=records, delivered=records)

    def test_lines_of_any_bytes(self):
        data = random_lines(1, 20000)
        self.expect_identical(data, data.count(b"\n") + 1)

    def test_empty_lines(self):
        self.expect_identical(b"\n" * 300000, 300000)

    def test_nothing(self):
        self.expect_identical(b"", 0)

    def test_one_unterminated_line(self):
        self.expect_identical(b"\0", 1)

    def test_many_blocks_of_lines(self):
        text = b"%08d and some text to make it a line of nearly 100 bytes ................................\n"
        data = b"".join(text % i for i in range(500000))
        self.expect_identical(data, 500000)

    def test_fixed(self):
        data = random.Random(2).randbytes(7 * 100000)
        self.expect_identical(data, 100000, "--fixed", "7")

    def test_prefixed(self):
        source = random.Random(3)
        parts = [prefixed(source.randbytes(source.randrange(5000))) for _ in range(3000)]
        self.expect_identical(b"".join(parts), 3000, "--prefixed")

    def test_raw(self):
        data = random.Random(4).randbytes(5_000_001)
        self.write("in", data)
        for backend in BACKENDS:
            flags = ["--raw", "--backend", backend, "--json"]
            result = pump(*flags, f"file:{self.path('in')}", f"file:{self.path('out')}")
            self.assertEqual(result.code, 0, result)
            self.assertEqual(self.read("out"), data)
            self.expect_account(result)

    def test_longest_records_by_default(self):
        big = 1 << 20
        self.expect_identical(b"a" * big + b"\n" + b"b" * big, 2)
        self.expect_identical(b"".join(prefixed(b"x" * (big - i)) for i in range(40)), 40, "--prefixed")
        self.expect_identical(b"y" * (3 * big), 3, "--fixed", str(big))

    def test_records_far_above_the_default(self):
        data = b"a" * (20 << 20) + b"\n" + b"b\n"
        self.expect_identical(data, 2, "--max-record", "20M", "--capacity-bytes", "64M")

    def test_tiny_queue(self):
        data = random_lines(5, 2000)
        self.expect_identical(data, 2000, "--capacity", "1", "--capacity-bytes", "64K", "--max-record", "4K")

    def test_longer_record_is_refused(self):
        data = b"ok\n" + b"x" * ((1 << 20) + 1) + b"\nnot read\n"
        result = pump("--json", "-", f"file:{self.path('out')}", data=data)
        self.expect_one_line(result, 2, "standard input", "longer than --max-record 1,048,576", "--split")
        self.assertEqual(self.read("out"), b"ok\n")
        self.expect_account(result, offered=1, delivered=1)

    def test_longer_prefix_is_refused_at_once(self):
        data = prefixed(b"ok") + b"\xff\xff\xff\xff"
        result = pump("--prefixed", "--json", "-", f"file:{self.path('out')}", data=data)
        self.expect_one_line(result, 2, "4,294,967,295 bytes", "longer than --max-record")
        self.assertEqual(self.read("out"), prefixed(b"ok"))

    def test_split_cuts_longer_lines(self):
        data = b"x" * 2500 + b"\n" + b"y\n"
        self.expect_identical(data, 4, "--max-record", "1000", "--split")

    def test_source_that_ends_inside_a_record(self):
        for flags, data, whole in ((["--fixed", "3"], b"abcdefgh", b"abcdef"),
                                   (["--prefixed"], prefixed(b"abc") + prefixed(b"defg")[:-1], prefixed(b"abc")),
                                   (["--prefixed"], prefixed(b"abc") + b"\1\0", prefixed(b"abc"))):
            result = pump(*flags, "--json", "-", f"file:{self.path('out')}", data=data)
            self.expect_one_line(result, 1, "standard input", "ended inside a record")
            self.assertEqual(self.read("out"), whole)
            summary = self.expect_account(result)
            self.assertEqual(summary["unfinished"], {"records": 1, "bytes": len(data) - len(whole)})


class Endpoints(Case):
    def test_several_sources_are_merged_record_by_record(self):
        for name in "abc":
            self.write(name, b"".join(b"%s %d\n" % (name.encode(), i) for i in range(30000)))
        result = pump("--json", *(f"file:{self.path(name)}" for name in "abc"), f"file:{self.path('out')}")
        self.assertEqual(result.code, 0, result)
        self.expect_account(result, delivered=90000)
        merged = self.read("out").splitlines(keepends=True)
        for name in "abc":
            own = [line for line in merged if line.startswith(name.encode())]
            self.assertEqual(b"".join(own), self.read(name))

    def test_several_sources_with_records_longer_than_a_read(self):
        contents = {}
        for name in "abcd":
            contents[name] = b"".join(name.encode() * length + b"\n" for length in range(500_000, 500_012))
            self.write(name, contents[name])
        result = pump("--json", *(f"file:{self.path(name)}" for name in contents), f"file:{self.path('out')}")
        self.assertEqual(result.code, 0, result)
        merged = self.read("out").splitlines(keepends=True)
        for name, data in contents.items():
            self.assertEqual(b"".join(line for line in merged if line.startswith(name.encode())), data)

    def test_bytes_that_arrive_one_by_one(self):
        read_end, write_end = os.pipe()
        data = random_lines(6, 40, 60)

        def trickle():
            for byte in data:
                os.write(write_end, bytes([byte]))
            os.close(write_end)

        feeder = threading.Thread(target=trickle)
        feeder.start()
        result = pump("--json", "-", "-", stdin=read_end)
        feeder.join()
        os.close(read_end)
        self.assertEqual(result.out, data)
        self.expect_account(result, delivered=40)

    def test_standard_output_is_continued_where_it_is(self):
        data = random_lines(7, 5000)
        self.write("in", data)
        for redirect in (">", ">>"):
            self.write("out", b"")
            middle = f"\"$0\" pump --summary none 'file:{self.path('in')}' -"
            script = f"(echo head; {middle}; echo tail) {redirect} '{self.path('out')}'"
            done = subprocess.run(["sh", "-c", script, OPTIONS.tidegate], capture_output=True, check=False)
            self.assertEqual((done.returncode, done.stderr), (0, b""), redirect)
            self.assertEqual(self.read("out"), b"head\n" + data + b"tail\n", redirect)

    def test_standard_input_is_read_from_where_it_is(self):
        self.write("in", b"0123456789")
        with open(self.path("in"), "rb") as file:
            file.seek(4)
            os.lseek(file.fileno(), 4, os.SEEK_SET)
            self.assertEqual(pump("--raw", "-", "-", stdin=file.fileno()).out, b"456789")

    def test_device_as_sink_and_null(self):
        for sink in ("file:/dev/null", "null:"):
            result = pump("--json", "-", sink, data=b"a\nb\n")
            self.assertEqual(result.code, 0, result)
            self.expect_account(result, delivered=2)


if __name__ == "__main__":
    main()
