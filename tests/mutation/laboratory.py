"""Builds the explorer's clients against a changed copy of the headers and runs them."""

import os
import re
import resource
import shutil
import signal
import subprocess
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

import sites
import switches

ROOT = Path(__file__).resolve().parents[2]
MODEL = "tests/model"
ENGINE = ("execution", "explore", "fiber", "memory", "search", "sync", "trace")

# Which clients can tell that a header was changed, a program each: the next one is built if nothing failed. Clients of
# other headers are not linked, because a program must not hold two versions of one function.
CLIENTS = tuple(sorted(path.stem.removesuffix("_clients") for path in (ROOT / MODEL).glob("*_clients.cpp")))
EXCHANGE = ("exchange_details", "exchange", "exchange_kinds", "exchange_many", "exchange_one")
SHARED = ("shared_queue", "shared_kinds", "shared_runs")
# What is arithmetic on one thread rather than an order between several is judged by a GoogleTest program of
# tests/contract.
TEST = "test:"
CLIENTS_OF = {
    "base": ("exchange_kinds", "exchange_many", "byte"),
    "ring": ("ring", "history"),
    "ring/detail/exchange": EXCHANGE,
    "ring/detail/exchange/circle": ("exchange_details", "exchange", "exchange_kinds", "block", "exchange_stops"),
    "ring/detail/exchange/exchange.hpp": (*EXCHANGE, "exchange_stops", "shared_kinds"),
    "ring/detail/exchange/table": (*EXCHANGE, "exchange_stops"),
    "ring/exchange": EXCHANGE,
    "ring/block": ("block",),
    "ring/block_handles": ("block", "shared_runs"),
    "ring/broadcast": ("broadcast",),
    "ring/broadcast_publisher": ("broadcast_many",),
    "ring/detail/broadcast": ("broadcast",),
    "ring/detail/broadcast/entry": ("broadcast_many",),
    "ring/detail/broadcast/lap_entries": ("broadcast_many",),
    "ring/detail/broadcast/gate_entries": ("broadcast_many",),
    "ring/detail/broadcast/reader_": ("broadcast", "broadcast_many"),
    "ring/detail/block": ("block",),
    "ring/latest": ("latest",),
    "ring/detail/conflating": ("conflating",),
    "ring/detail/latest": ("latest", "conflating"),
    "ring/detail/meeting": ("rendezvous",),
    "ring/ticketed": ("ticketed",),
    "ring/detail/ticket": ("ticketed",),
    "ring/byte_": ("byte",),
    "ring/detail/byte/": ("byte", "byte_queue"),
    "queue/byte_": ("byte_queue",),
    "queue/detail/waking_": ("byte_queue",),
    "flow": ("credits",),
    "flow/adaptive_lifo": (TEST + "flow/shedding",),
    "flow/admission_level": ("rates", TEST + "flow/admission"),
    "flow/client_throttle": (TEST + "flow/rate",),
    "flow/codel": ("rates", TEST + "flow/shedding"),
    "flow/detail/baseline_probe": (TEST + "flow/limits",),
    "flow/detail/gcra": ("rates", TEST + "flow/rate"),
    "flow/detail/require": (TEST + "flow/shedding", TEST + "flow/expiry", TEST + "flow/sizing"),
    "flow/detail/tally": ("rates",),
    "flow/expiry": (TEST + "flow/expiry",),
    "flow/keyed_rate_limiter": ("rates", TEST + "flow/rate"),
    "flow/limits": (TEST + "flow/limits",),
    "flow/packet_codel": (TEST + "flow/shedding",),
    "flow/random": (TEST + "flow/sizing",),
    "flow/rate_limiter": ("rates", TEST + "flow/rate"),
    "flow/retry_after": (TEST + "flow/sizing",),
    "flow/retry_budget": ("rates", TEST + "flow/rate"),
    "flow/service_time_estimate": (TEST + "flow/expiry",),
    "flow/sizing": (TEST + "flow/sizing",),
    "flow/source_pause": ("watermark",),
    "flow/stamped": (TEST + "flow/shedding",),
    "flow/watermark": ("watermark",),
    "flow/deficit_": ("lanes",),
    "wait": ("event_count", "queue"),
    "wait/wait_any": ("wait_any",),
    "wait/wait_source": ("wait_any",),
    "wait/event_fd": ("wait_any",),
    "wait/event_count": ("event_count", "wait_any", "queue"),
    "queue": ("queue",),
    "flow/sampler": ("overflow",),
    "flow/conservation": ("overflow",),
    "queue/offering_": ("overflow", "queue", "broadcast_queue"),
    "queue/spill_": ("overflow",),
    "queue/detail/overflow_": ("overflow",),
    "queue/detail/waiter_": ("overflow",),
    "queue/detail/try_then_wait": ("queue", "byte_queue", "broadcast_queue"),
    "queue/shared_": SHARED,
    "queue/detail/shared_": SHARED,
    "queue/detail/block_": ("shared_runs",),
    "queue/detail/ticketed_": ("shared_runs",),
    "queue/conflating": ("conflating",),
    "queue/latest_": ("latest",),
    "queue/rendezvous": ("rendezvous",),
    "queue/reserv": ("reserving",),
    "queue/limited": ("reserving",),
    "queue/broadcast": ("broadcast_queue",),
    "queue/lane_": ("lanes",),
    "queue/fair_": ("lanes",),
    "queue/detail/lane": ("lanes",),
    "queue/detail/addressed_": ("lanes",),
    "queue/detail/spsc_": ("lanes",),
}

# Headers that most clients include: compiled once, they save a quarter of the time that a mutant takes.
STANDARD = ("algorithm", "array", "atomic", "bit", "chrono", "cstdint", "cstring", "functional", "limits", "memory",
            "optional", "random", "span", "stop_token", "string", "system_error", "unordered_set", "vector")

COMPILE_LIMIT_S = 300
LEAST_CPU_S = 20  # of a run; else so many times what the unchanged headers take:
CPU_FACTOR = 5
RELACY_CPU_S = 300
RELACY_SEARCHES = {kind: ("--client", kind, "--schedules", schedules, "--preemptions", preemptions)
                   for kind, schedules, preemptions in (("spsc", "3000", "2"), ("ticket", "3000", "2"),
                                                        ("exchange", "10000", "0"))}


def clients_of(file):
    """Of the longest beginning of its name that is listed."""
    return CLIENTS_OF[max((name for name in CLIENTS_OF if file.startswith(name)), key=len)]


def option_of(name):
    """What makes a program end with its first failure in a line."""
    return "--gtest_brief=1" if name.startswith(TEST) else "--gate"


@dataclass(frozen=True)
class Verdict:
    fate: str  # killed, survived, or stillborn: it does not compile
    by: str = ""  # the client, and what it saw
    reached: bool = False  # of a survivor: some client came to it


class Broken(Exception):
    """The clients fail for the headers as they are, so that no verdict means anything."""


class Laboratory:
    """A folder with the engine compiled once; every mutant gets a copy of include/ of its own in it."""

    def __init__(self, compiler, include):
        self.compiler = compiler
        self.place = Path(tempfile.mkdtemp(prefix="tidegate-mutation-"))
        self.include = self.place / "include"  # as it is now: somebody may go on working
        shutil.copytree(include, self.include)
        self.switched = self.place / "switched/include"
        self.programs = {}  # with all switches, and the processor time that each may take
        self.first_run = threading.Lock()

    def __enter__(self):
        standard = self.place / "standard.hpp"
        standard.write_text("".join(f"#include <{name}>\n" for name in STANDARD))
        self.always_included = ["-include", standard]
        for flag in ("-O1", "-O2"):  # GCC takes it for what it was compiled with; others read the header
            (self.place / "standard.hpp.gch").mkdir(exist_ok=True)
            self.compile(standard, self.place / "standard.hpp.gch" / f"{flag}.gch", self.include, flag, "c++-header")
        sources = [f"explorer/{name}" for name in ENGINE] + ["main"]
        for source in sources:
            self.compile(ROOT / MODEL / f"{source}.cpp", self.object_of(source), self.include, "-O2")
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.place, ignore_errors=True)

    def object_of(self, source):
        return self.place / (source.replace("/", "_") + ".o")

    def compile(self, source, target, include, optimise="-O1", language="c++"):
        included = self.always_included if language == "c++" else []
        subprocess.run(
            [self.compiler, "-std=c++20", optimise, "-w", *included, f"-I{include}", f"-I{ROOT}", "-x", language,
             "-c", source, "-o", target],
            check=True, capture_output=True, text=True, timeout=COMPILE_LIMIT_S)

    def prepare(self, mutants):
        """Puts as many mutants as possible behind switches."""
        self.mutants = mutants
        self.without = set()  # those that do not compile so
        self.put_switches()

    def put_switches(self):
        shutil.rmtree(self.switched, ignore_errors=True)
        shutil.copytree(self.include, self.switched)
        self.inside = switches.put_into(self.switched, self.mutants, self.without)

    def judge(self, mutant):
        """Lets the clients that see the mutant look for a failure, one list after the other."""
        number = self.inside.get(mutant)
        reached = False
        verdict = Verdict("survived")
        for name in clients_of(mutant.file) if number is not None else ():
            program, limit = self.program_of(name)
            number = self.inside.get(mutant)  # it may have turned out not to compile behind a switch
            if number is None:
                break
            verdict = self.run([program, option_of(name)], limit, {"TIDEGATE_MUTANT": str(number)})
            if verdict.fate != "survived":
                return verdict
            reached = reached or verdict.reached
        return verdict if reached else self.judge_alone(mutant)

    def judge_alone(self, mutant):
        """The same with its line changed: it has no switch, or lives in constants."""
        def run(folder, include):
            for name in clients_of(mutant.file):
                _, limit = self.program_of(name)
                verdict = self.run([self.build(folder, include, name), option_of(name)], limit)
                if verdict.fate != "survived":
                    break
            return verdict

        return self.with_changed_line(mutant, run)

    def program_of(self, name):
        """The clients with all switches, and the processor time that they may take. With no switch on they must find
        nothing."""
        with self.first_run:
            if name not in self.programs:
                if not name.startswith(TEST):
                    self.compile_stubs(name)
                program = self.build_switched(name)
                before = resource.getrusage(resource.RUSAGE_CHILDREN)
                verdict = self.run([program, option_of(name)], COMPILE_LIMIT_S)
                after = resource.getrusage(resource.RUSAGE_CHILDREN)
                if verdict.fate != "survived":
                    raise Broken(f"{name}: no line was changed, and yet it was killed by {verdict.by}")
                self.programs[name] = (program, max(LEAST_CPU_S, int(CPU_FACTOR * (after.ru_utime - before.ru_utime))))
            return self.programs[name]

    def build_switched(self, name):
        """Leaves out the switches that do not compile."""
        while True:
            try:
                return self.build(self.place, self.switched, name)
            except subprocess.CalledProcessError as error:
                wrong = self.on_lines_of(error.stderr) - self.without
                if not wrong:
                    raise Broken(f"{name} does not compile:\n{error.stderr}") from error
                self.without |= wrong
                self.put_switches()

    def on_lines_of(self, messages):
        """The mutants of the lines that the compiler names."""
        named = {(file, int(line) - 1) for file, line in re.findall(r"include/tidegate/([\w/]+\.hpp):(\d+)", messages)}
        return {mutant for mutant in self.mutants if (mutant.file, mutant.line) in named}

    def judge_by_relacy(self, mutant):
        """The same with the second engine, which runs the clients of the rings."""
        kind = next((kind for kind in ("exchange", "ticket") if kind in mutant.file), "spsc")
        search = RELACY_SEARCHES[kind]
        if mutant in self.inside:
            with self.first_run:
                if "relacy" not in self.programs:
                    self.programs["relacy"] = self.build_relacy(self.place, self.switched)
            number = {"TIDEGATE_MUTANT": str(self.inside[mutant])}
            verdict = self.run([self.programs["relacy"], *search], RELACY_CPU_S, number)
            if verdict.fate != "survived" or verdict.reached:
                return verdict
        return self.with_changed_line(mutant, lambda folder, include: self.run(
            [self.build_relacy(folder, include), *search], RELACY_CPU_S))

    def build_relacy(self, folder, include):
        self.compile(ROOT / "tests/relacy/main.cpp", folder / "relacy.o", include)
        subprocess.run([self.compiler, folder / "relacy.o", "-o", folder / "relacy"], check=True, capture_output=True,
                       timeout=COMPILE_LIMIT_S)
        return folder / "relacy"

    def with_changed_line(self, mutant, run):
        with tempfile.TemporaryDirectory(dir=self.place) as folder:
            include = Path(folder) / "include"
            shutil.copytree(self.include, include)
            header = include / "tidegate" / mutant.file
            header.write_text(sites.apply(mutant, header.read_text()))
            try:
                return run(Path(folder), include)
            except subprocess.CalledProcessError:
                return Verdict("stillborn")

    def build(self, folder, include, name):
        if name.startswith(TEST):
            return self.build_test(folder, include, name.removeprefix(TEST))
        objects = [self.object_of(f"explorer/{part}") for part in ENGINE] + [self.object_of("main")]
        objects += [folder / f"{name}.o", self.object_of(f"without_{name}")]
        self.compile(ROOT / MODEL / f"{name}_clients.cpp", folder / f"{name}.o", include)
        program = folder / f"model_{name}"
        subprocess.run([self.compiler, *objects, "-o", program], check=True, capture_output=True, text=True,
                       timeout=COMPILE_LIMIT_S)
        return program

    def build_test(self, folder, include, name):
        program = folder / name.replace("/", "_")
        source = ROOT / "tests/contract" / f"{name}_test.cpp"
        self.compile(source, program.with_suffix(".o"), include)
        subprocess.run([self.compiler, program.with_suffix(".o"), "-lgtest", "-lgtest_main", "-o", program], check=True,
                       capture_output=True, timeout=COMPILE_LIMIT_S)
        return program

    def compile_stubs(self, name):
        """All other lists of clients, empty."""
        source = self.place / f"without_{name}.cpp"
        source.write_text(
            '#include "tests/model/registry.hpp"\nnamespace tidegate::model {\n'
            + "".join(f"void add_{other}_clients(std::vector<registered_client>&) {{}}\n"
                      for other in CLIENTS if other != name)
            + "}\n")
        self.compile(source, self.object_of(f"without_{name}"), self.include)

    @staticmethod
    def run(command, seconds, environment=None):
        """For so much processor time: how busy the machine is decides nothing."""
        def limit():
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))

        result = subprocess.run(command, capture_output=True, text=True, preexec_fn=limit,
                                env={**os.environ, **(environment or {})})
        if result.returncode == 0:
            return Verdict("survived", reached=switches.REACHED in result.stderr)
        if result.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
            return Verdict("killed", "a client that ran for ever")
        marks = ("killed by", ": failed:", "[  FAILED  ]")
        failures = [line for line in result.stdout.split("\n") if any(mark in line for mark in marks)]
        said = failures[0].removeprefix("killed by ").removeprefix("client ") if failures else ""
        said = said.removeprefix("[  FAILED  ] ")
        return Verdict("killed", said or f"a client that ended by signal {-result.returncode}")
