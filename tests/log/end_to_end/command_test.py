"""`tidegate log` as it is used: what it prints, what it changes, how it ends."""

import fcntl
import json
import os
import struct
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../../pump/end_to_end"))
sys.path.insert(0, HERE)

import images
from harness import OPTIONS, Case, Result, main

RECORDS = [b"record %d" % seq for seq in range(1, 10)]
LINES = b"".join(record + b"\n" for record in RECORDS)
HEADER_BYTES = 64


def offset_of(seq, first_seq=1):
    return HEADER_BYTES + (seq - first_seq) * len(images.frame(1, 1, RECORDS[0]))


def flip(offset):
    def change(data):
        return data[:offset] + bytes([data[offset] ^ 4]) + data[offset + 1:]
    return change


def cut(length):
    return lambda data: data[:length]


def log(*arguments, **more):
    more.setdefault("stdout", subprocess.PIPE)
    command = [OPTIONS.tidegate, "log", *arguments]
    done = subprocess.run(command, stderr=subprocess.PIPE, timeout=60, check=False, **more)
    return Result(done.returncode, done.stdout or b"", done.stderr)


class Log(Case):
    def put(self, *arguments, **more):
        return images.put(self.folder, *arguments, **more)

    def put_whole(self):
        self.put(1, 1, RECORDS[:5])
        self.put(2, 6, RECORDS[5:])

    def contents(self):
        found = {}
        for name in os.listdir(self.folder):
            if not name.endswith(".lock"):
                with open(self.path(name), "rb") as file:
                    found[name] = file.read()
        return found

    def expect(self, result, code=0, out=None):
        self.assertEqual((result.code, result.err), (code, b""), result)
        if out is not None:
            self.assertEqual(result.out, out)

    # --- cat

    def test_cat(self):
        self.put_whole()
        self.expect(log("cat", self.folder), out=LINES)
        self.expect(log("cat", self.folder, "--from", "3", "--to", "7"), out=b"".join(LINES.splitlines(True)[2:7]))
        self.expect(log("cat", self.folder, "--from", "10"), out=b"")
        self.expect(log("cat", self.folder, "--from", "9", "--with-seq"), out=b"9\trecord 9\n")
        prefixed = b"".join(struct.pack("<I", len(record)) + record for record in RECORDS)
        self.expect(log("cat", self.folder, "--prefixed"), out=prefixed)
        self.expect(log("cat", self.folder, "--raw"), out=b"".join(RECORDS))

    def test_cat_of_two_directories(self):
        os.mkdir(self.path("second"))
        self.put(1, 1, RECORDS[:5])
        images.put(self.path("second"), 2, 4, RECORDS[3:])  # took over after 3
        self.expect(log("cat", self.folder, "--failover", self.path("second")), out=LINES)

    def test_cat_ends_at_a_torn_tail(self):
        self.put(1, 1, RECORDS, change=cut(-3))
        self.expect(log("cat", self.folder), out=b"".join(LINES.splitlines(True)[:8]))

    def test_cat_stops_at_corruption(self):
        path = self.put(1, 1, RECORDS, change=flip(offset_of(4) + 20))
        result = log("cat", self.folder)
        self.expect_one_line(result, 1, "tidegate log cat: ", f"{path}: offset {offset_of(4)}: ", "seq 4")
        self.assertEqual(result.out, b"".join(LINES.splitlines(True)[:3]))
        result = log("cat", self.folder, "--salvage")
        self.expect_one_line(result, 1, path, "seq 4 to 4 are lost")
        self.assertEqual(result.out, LINES.replace(b"record 4\n", b""))
        self.expect(log("cat", self.folder, "--to", "3"), out=b"".join(LINES.splitlines(True)[:3]))

    def test_cat_feeds_pump(self):
        self.put_whole()
        reading = subprocess.Popen([OPTIONS.tidegate, "log", "cat", self.folder, "--prefixed"], stdout=subprocess.PIPE)
        with reading:
            pump = [OPTIONS.tidegate, "pump", "--prefixed", "--capacity", "4", "-", f"file:{self.path('out')}"]
            subprocess.run(pump, stdin=reading.stdout, check=True, timeout=60, capture_output=True)
        self.assertEqual(reading.returncode, 0)
        prefixed = b"".join(struct.pack("<I", len(record)) + record for record in RECORDS)
        with open(self.path("out"), "rb") as file:
            self.assertEqual(file.read(), prefixed)

    def test_no_room_for_the_records(self):
        self.put_whole()
        for command in ("cat", "list", "verify", "truncate-tail"):
            with open("/dev/full", "wb") as full:
                self.expect_one_line(log(command, self.folder, stdout=full), 1, "standard output: ")

    # --- list and verify

    def test_list(self):
        self.put_whole()
        result = log("list", self.folder)
        self.expect(result)
        lines = result.out.decode().splitlines()
        self.assertEqual(lines[0], "app: 9 records (72 bytes), seq 1 to 9, 2 segments")
        self.assertIn("whole, 5 records, ", lines[1])
        found = json.loads(log("list", self.folder, "--json").out)
        self.assertEqual(found["logs"][0]["next_seq"], 10)
        self.assertEqual([each["records"] for each in found["logs"][0]["segments"]], [5, 4])

    def test_verify(self):
        self.put_whole()
        self.expect(log("verify", self.folder))
        found = json.loads(log("verify", self.folder, "--json").out)
        self.assertEqual((found["exit_code"], found["logs"][0]["problem"]), (0, ""))

    def test_verify_names_file_and_offset(self):
        path = self.put(1, 1, RECORDS, change=flip(offset_of(4) + 20))
        self.expect_one_line(log("verify", self.folder), 1, "tidegate log verify: ", f"{path}: offset {offset_of(4)}: ")
        path = self.put(1, 1, RECORDS, change=cut(-3))
        place = f"{path}: offset {offset_of(9)}: torn tail of "
        self.expect_one_line(log("verify", self.folder), 1, place)
        found = json.loads(log("verify", self.folder, "--json").out)
        self.assertEqual(found["exit_code"], 1)
        self.assertIn(place, found["logs"][0]["problem"])
        self.assertEqual(log("list", self.folder).code, 0)

    def test_every_log_is_verified(self):
        self.put_whole()
        other = os.path.join(self.folder, "other-0000000001-00000000000000000001.log")
        with open(other, "wb") as file:
            file.write(images.segment(1, 1, RECORDS)[1][:-3])
        result = log("verify", self.folder)
        self.expect_one_line(result, 1, other)
        self.assertIn(b"app: 9 records", result.out)
        self.expect(log("verify", self.folder, "--name", "app"))

    # --- truncate-tail

    def test_truncate_tail(self):
        path = self.put(1, 1, RECORDS, change=cut(-3))
        before = self.contents()
        result = log("truncate-tail", self.folder)
        self.expect(result)
        self.assertIn(f"{path}: would be cut to {offset_of(9)} bytes".encode(), result.out)
        self.assertIn(b"--yes", result.out)
        self.assertEqual(self.contents(), before)
        result = log("truncate-tail", self.folder, "--yes")
        self.expect(result)
        self.assertIn(f"{path}: cut to {offset_of(9)} bytes".encode(), result.out)
        self.assertEqual(os.path.getsize(path), offset_of(9))
        self.expect(log("truncate-tail", self.folder, "--yes"), out=b"nothing to do\n")
        self.expect(log("verify", self.folder))

    def test_truncate_tail_leaves_corruption_alone(self):
        path = self.put(1, 1, RECORDS, change=flip(offset_of(4) + 20))
        before = self.contents()
        for more in ((), ("--yes",)):
            self.expect_one_line(log("truncate-tail", self.folder, *more), 1, f"{path}: offset {offset_of(4)}: ")
        result = log("truncate-tail", self.folder, "--salvage")
        self.assertIn(b"would be closed", result.out)
        self.assertEqual(self.contents(), before)
        result = log("truncate-tail", self.folder, "--salvage", "--yes", "--json")
        self.expect(result)
        damage = json.loads(result.out)["logs"][0]["damage"]
        self.assertEqual([(each["first_lost"], each["last_lost"]) for each in damage], [(4, 4)])
        result = log("verify", self.folder)
        self.expect(result)
        self.assertIn(b"closed by salvage, seq 4 is lost", result.out)
        self.assertEqual(log("cat", self.folder).out, LINES.replace(b"record 4\n", b""))

    def test_truncate_tail_of_a_log_in_use(self):
        self.put_whole()
        with open(self.path("app.lock"), "wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.expect_one_line(log("truncate-tail", self.folder, "--yes"), 2, "app.lock", "another process")
            self.expect(log("verify", self.folder))

    def test_a_lost_directory_is_named_or_given_up(self):
        self.put_whole()
        lost = self.path("none")
        for name in (("--name", "app"), ()):
            command = ("truncate-tail", lost, "--failover", self.folder, *name)
            self.expect_one_line(log(*command, "--yes"), 2, lost, "No such file")
            for yes, deed in (((), "would be given up"), (("--yes",), "given up")):
                result = log(*command, "--salvage", *yes)
                self.assertEqual((result.code, result.err), (0, b""), result)
                self.assertIn(f"{lost}: {deed}\n".encode(), result.out)
        self.expect(log("cat", self.folder), 0, LINES)

    # --- refusals

    def test_refusals(self):
        self.put_whole()
        two = self.path("two")
        os.mkdir(two)
        for name in ("a", "b"):
            with open(os.path.join(two, f"{name}-0000000001-00000000000000000001.log"), "wb"):
                pass
        empty = self.path("empty")
        os.mkdir(empty)
        for arguments, who, part in (
                ((), "tidegate log: ", "subcommand"), (("cat",), "tidegate log cat: ", "DIR"),
                (("cat", empty), "tidegate log cat: ", "no log here"),
                (("verify", self.path("nowhere")), "tidegate log verify: ", "No such file"),
                (("cat", two), "tidegate log cat: ", "--name with one of a, b"),
                (("cat", self.folder, "--from", "0"), "tidegate log cat: ", "--from '0'"),
                (("cat", self.folder, "--from", "x"), "tidegate log cat: ", "--from 'x'"),
                (("cat", self.folder, "--from", "5", "--to", "4"), "tidegate log cat: ", "--from is behind --to"),
                (("cat", self.folder, "--prefixed", "--with-seq"), "tidegate log cat: ", "contradict"),
                (("cat", self.folder, "--raw", "--prefixed"), "tidegate log cat: ", "--prefixed and --raw"),
                (("list", self.folder, "--yes"), "tidegate log list: ", "--yes")):
            with self.subTest(arguments=arguments):
                self.expect_refused(log(*arguments), who, part, "accepted: ")

    def test_what_cannot_be_used(self):
        self.put_whole()
        self.expect_one_line(log("cat", self.folder, "--name", "nothing"), 2, "no log 'nothing' here")
        self.expect_one_line(log("cat", self.folder, "--name", "../x"), 2, "'../x'")
        os.symlink("/dev/null", self.path(images.segment(3, 10, [])[0]))
        for command in ("cat", "verify", "truncate-tail"):
            self.expect_one_line(log(command, self.folder), 2, images.segment(3, 10, [])[0], "not a regular file")

    def test_help(self):
        for arguments, word in ((("--help",), b"truncate-tail"), (("cat", "--help"), b"--prefixed"),
                                (("truncate-tail", "--help"), b"--salvage"), (("--version",), b"tidegate ")):
            result = log(*arguments)
            self.expect(result)
            self.assertIn(word, result.out)


if __name__ == "__main__":
    main()
