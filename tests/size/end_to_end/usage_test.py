"""The command as it is used: answers on standard output, one line on standard error for what is refused."""

import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../pump/end_to_end"))

from harness import OPTIONS, Case, Result, main


def size(*arguments, **more):
    more.setdefault("stdout", subprocess.PIPE)
    command = [OPTIONS.tidegate, "size", *arguments]
    done = subprocess.run(command, stderr=subprocess.PIPE, timeout=60, check=False, **more)
    return Result(done.returncode, done.stdout or b"", done.stderr)


class Size(Case):
    QUESTION = ("--latency", "100ms", "--rate", "2000", "--service", "2ms")

    def test_lines(self):
        result = size(*self.QUESTION)
        self.assertEqual((result.code, result.err), (0, b""))
        self.assertTrue(result.out.startswith(b"capacity   196: "), result)

    def test_json(self):
        result = size(*self.QUESTION, "--json")
        self.assertEqual((result.code, result.err), (0, b""))
        self.assertEqual(result.out.count(b"\n"), 1)
        answer = json.loads(result.out)
        self.assertEqual((answer["capacity"], answer["in_flight"], answer["burst"]), (196, 4, None))

    def test_what_cannot_be_had(self):
        result = size(*self.QUESTION, "--arrivals", "1k", "--pause", "1s", "--json")
        self.assertEqual((result.code, json.loads(result.out)["exit_code"]), (1, 1))
        self.assertIn("1,000", json.loads(result.out)["problem"])

    def test_refusals(self):
        for arguments, part in (((), "nothing was asked"), (("--latency", "1s"), "--latency needs --rate"),
                                (("--rate", "x", "--service", "1s"), "--rate 'x'"), (("--nonsense",), "--nonsense"),
                                (("--rate",), "--rate"), (("extra",), "extra")):
            with self.subTest(arguments=arguments):
                self.expect_refused(size(*arguments), "tidegate size: ", part, "accepted: ")

    def test_help_and_version(self):
        for arguments, word in ((("--help",), b"--latency"), (("--version",), b"tidegate ")):
            result = size(*arguments)
            self.assertEqual((result.code, result.err), (0, b""))
            self.assertIn(word, result.out)

    def test_no_room_for_the_answer(self):
        with open("/dev/full", "wb") as full:
            self.expect_one_line(size(*self.QUESTION, stdout=full), 1, "standard output")


if __name__ == "__main__":
    main()
