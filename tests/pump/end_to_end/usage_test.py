"""Bad usage: exit code 2, one line that says what was wrong and what is accepted, and no harm done."""

import os
import shutil
import subprocess
from unittest import mock

from harness import OPTIONS, Case, main, pump


class Usage(Case):
    def test_help_on_every_level(self):
        for arguments, word in ((["--help"], b"pump"), (["pump", "--help"], b"--overflow")):
            done = subprocess.run([OPTIONS.tidegate, *arguments], capture_output=True, check=False)
            self.assertEqual((done.returncode, done.stderr), (0, b""))
            self.assertIn(word, done.stdout)

    def test_version(self):
        for arguments in (["--version"], ["pump", "--version"]):
            done = subprocess.run([OPTIONS.tidegate, *arguments], capture_output=True, check=False)
            self.assertEqual(done.returncode, 0)
            self.assertRegex(done.stdout, rb"^tidegate \d+\.\d+\.\d+\n$")

    def test_no_or_unknown_subcommand(self):
        for arguments in ([], ["pmup"]):
            done = subprocess.run([OPTIONS.tidegate, *arguments], capture_output=True, check=False)
            self.assertEqual((done.returncode, done.stdout), (2, b""))
            self.assertEqual(done.stderr.count(b"\n"), 1)
            self.assertIn(b"accepted: see tidegate --help", done.stderr)

    def test_unknown_option(self):
        self.expect_refused(pump("--nonsense", "-", "null:"), "--nonsense", "accepted: see tidegate pump --help")

    def test_missing_value(self):
        self.expect_refused(pump("-", "null:", "--capacity"), "--capacity")

    def test_endpoints(self):
        self.expect_refused(pump(), "no endpoint", "accepted: ")
        self.expect_refused(pump("-"), "sink is missing", "accepted: ")
        self.expect_refused(pump("copy.txt", "null:"), "'copy.txt' is not a source", "tcp-listen:ADDR:PORT")
        self.expect_refused(pump("-", "copy.txt"), "'copy.txt' is not a sink", "tcp:ADDR:PORT", "null:")
        self.expect_refused(pump("-", "-", "null:"), "2 times")

    def test_impossible_capacity(self):
        for text in ("0", "-1", "many", "1.5", "268435457", "99999999999999999999"):
            result = pump(f"--capacity={text}", "-", "null:")
            self.expect_refused(result, f"--capacity '{text}'", "from 1 to 268435456")
        for text in ("0", "x", "1e9", "65G", "99999999999G"):
            result = pump("--capacity-bytes", text, "-", "null:")
            self.expect_refused(result, f"--capacity-bytes '{text}'", "accepted: ")
        self.expect_refused(pump("--capacity-bytes", "1M", "-", "null:"), "two records", "accepted: at least")

    def test_memory_that_cannot_be_had(self):
        if OPTIONS.sanitized:
            self.skipTest("sanitizers need the address space themselves")
        limited = "ulimit -v 1000000; exec \"$0\" pump --capacity-bytes 32G - null: </dev/null"
        done = subprocess.run(["sh", "-c", limited, OPTIONS.tidegate], capture_output=True, check=False)
        self.assertEqual(done.returncode, 2, done)
        self.assertEqual(done.stderr.count(b"\n"), 1, done)
        self.assertIn(b"accepted: a smaller --capacity", done.stderr)

    def test_other_values(self):
        for arguments in (["--overflow", "spill"], ["--backend", "x"], ["--summary", "x"], ["--deadline", "x"],
                          ["--throttle", "0"], ["--high", "1"], ["--max-record", "0"], ["--max-record", "1G"],
                          ["--fixed", "0"], ["--fixed", "3", "--raw"], ["--prefixed", "--split"]):
            self.expect_refused(pump(*arguments, "-", "null:"), arguments[0], "accepted: ")

    def test_json_and_another_summary(self):
        for form in ("none", "text"):
            for arguments in (["--json", "--summary", form], [f"--summary={form}", "--json"]):
                result = pump(*arguments, "-", f"file:{self.path('out')}")
                self.expect_refused(result, f"--json and --summary {form} exclude each other", "accepted: ")
                self.assertFalse(os.path.exists(self.path("out")))
        self.expect_refused(pump("--json", "--summary", "x", "-", "null:"), "--summary 'x'", "accepted: ")
        result = pump("--json", "--summary", "json", "-", "null:", data=b"a\n")
        self.assertEqual(result.code, 0, result)
        self.expect_account(result, delivered=1)


class OddNames(Case):
    """Control characters in a name neither split a line nor reach the terminal."""

    NAME = "a\nb\r\x1b[2J\x0b\x7f\x85c"
    SHOWN = r"a\nb\r\x1b[2J\x0b\x7f\xc2\x85c"

    def test_while_opening(self):
        odd = self.path(self.NAME)
        for arguments in ([f"file:{odd}", "null:"], [odd, "null:"], ["-", f"file:{odd}/out"], ["-", f"unix:{odd}"],
                          [f"tcp-listen:{self.NAME}:1", "null:"], ["--capacity", self.NAME, "-", "null:"],
                          [f"--{self.NAME}", "-", "null:"]):
            with self.subTest(arguments=arguments):
                self.expect_refused(pump(*arguments), self.SHOWN)

    def test_while_data_moves(self):
        source = self.write(self.NAME, b"x" * 100 + b"\n")
        result = pump("--max-record", "10", "--json", f"file:{source}", "null:")
        self.expect_one_line(result, 2, self.SHOWN, "longer than --max-record")
        self.assertIn(self.NAME, result.summary["problem"])  # JSON has escapes of its own

    def test_while_listening(self):
        path = self.path(self.NAME)
        receiver = self.running(f"unix-listen:{path}", "null:")
        self.assertTrue(receiver.address().endswith(self.SHOWN))
        self.assertEqual(pump("-", f"unix:{path}", data=b"a\n").code, 0)
        self.assertEqual(receiver.result().code, 0)

    def test_a_backslash_is_no_control_character(self):
        self.expect_refused(pump(f"file:{self.path('a')}" + r"\n", "null:"), r"a\\n")


class Endpoints(Case):
    def test_missing_source_leaves_the_output_alone(self):
        output = self.write("precious", b"old")
        result = pump(f"file:{self.path('missing')}", f"file:{output}")
        self.expect_refused(result, "missing", "No such file")
        self.assertEqual(self.read("precious"), b"old")

    def test_missing_source_creates_no_output(self):
        pump(f"file:{self.path('missing')}", f"file:{self.path('out')}")
        self.assertFalse(os.path.exists(self.path("out")))

    def test_directory_as_source(self):
        self.expect_refused(pump(f"file:{self.folder}", "null:"), "is a directory", "accepted: ")
        folder = os.open(self.folder, os.O_RDONLY)
        self.addCleanup(os.close, folder)
        self.expect_refused(pump("-", "null:", stdin=folder), "standard input", "is a directory")

    def test_directory_as_sink(self):
        self.expect_refused(pump("-", f"file:{self.folder}"), "is a directory", "accepted: ")

    def test_unreadable_source(self):
        secret = self.write("secret", b"x\n")
        os.chmod(secret, 0)
        os.chmod(self.folder, 0o755)
        more = {}
        if os.geteuid() == 0:
            more = {"user": 65534, "group": 65534, "extra_groups": [], "env": {}}
            # the checkout may lie where nobody else may look
            copy = mock.patch.object(OPTIONS, "tidegate", shutil.copy(OPTIONS.tidegate, self.path("tidegate")))
            copy.start()
            self.addCleanup(copy.stop)
        self.expect_refused(pump(f"file:{secret}", "null:", **more), "secret", "Permission denied")

    def test_output_in_a_missing_folder(self):
        result = pump("-", f"file:{self.path('no/such/out')}")
        self.expect_refused(result, "cannot open it for writing", "No such file")

    def test_output_is_a_source(self):
        same = self.write("same", b"a\n")
        os.link(same, self.path("alias"))
        self.expect_refused(pump(f"file:{same}", f"file:{self.path('alias')}"), "is the same file as")
        self.assertEqual(self.read("same"), b"a\n")

    def test_closed_standard_input_and_output(self):
        for arguments, problem in (("- null: <&-", b"standard input: it is closed"),
                                   ("file:/dev/null - >&-", b"standard output: it is closed"),
                                   ("- null: 0>/dev/null", b"standard input: is open for writing only"),
                                   ("file:/dev/null - 1</dev/null", b"standard output: is open for reading only")):
            command = ["sh", "-c", f"exec \"$0\" pump {arguments}", OPTIONS.tidegate]
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
            self.assertEqual(done.returncode, 2, done)
            self.assertIn(problem, done.stderr)
            self.assertEqual(done.stderr.count(b"\n"), 1, done)

    def test_output_is_made_with_ordinary_rights_and_replaced(self):
        old = os.umask(0o022)
        self.addCleanup(os.umask, old)
        for data in (b"a longer text\n", b"short\n"):
            result = pump("-", f"file:{self.path('out')}", data=data)
            self.assertEqual(result.code, 0, result)
            self.assertEqual(self.read("out"), data)
        self.assertEqual(os.stat(self.path("out")).st_mode & 0o777, 0o644)


if __name__ == "__main__":
    main()
