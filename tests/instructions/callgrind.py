"""Runs a program under callgrind and tells how many instructions each of its scripts executed.

Counted is the program's own code, from a script's entry to its return. What it calls in shared libraries is not: there
the C library and the processor decide which memcpy runs. The call itself is counted.
"""
import os
import pathlib
import re
import subprocess
import tempfile

OBJECT = re.compile(r"^ob=(.*)$")
COST = re.compile(r"^(?:(0x[0-9a-f]+) )?\d+ (\d+)$")
TRIGGER = re.compile(r"^desc: Trigger: --dump-after=script_(\w+)$", re.MULTILINE)


class Failure(Exception):
    """The program or valgrind did not do what it should."""


def run(command):
    """Its output. Functions are bound at once: the first call of one costs what every other does."""
    environment = {**os.environ, "LD_BIND_NOW": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failure(f"{command[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def own_costs(profile, program):
    """(address or None, executions) of one profile in the object file `program`. The line after `calls=` tells what the
    callee cost."""
    inside, is_call = False, False
    for line in profile.splitlines():
        if match := OBJECT.match(line):
            inside = match[1] == program
        elif inside and not is_call and (match := COST.match(line)):
            yield match[1] and int(match[1], 16), int(match[2])
        is_call = line.startswith("calls=")


def own_instructions(profile, program):
    """Instructions of one profile in the object file `program`."""
    return sum(count for _, count in own_costs(profile, program))


def profiles(valgrind, program, names, more_options=()):
    """A profile a script, as {name: text}."""
    with tempfile.TemporaryDirectory() as folder:
        options = ["--command-line-only=yes", "--tool=callgrind", f"--callgrind-out-file={folder}/profile"]
        options += ["--compress-strings=no", "--compress-pos=no", "--toggle-collect=script_*"]
        options += [f"--dump-after=script_{name}" for name in names]
        run([valgrind, *options, *more_options, program])
        texts = [path.read_text(encoding="utf-8") for path in pathlib.Path(folder).iterdir()]
    return {match[1]: text for text in texts if (match := TRIGGER.search(text))}


def scripts_of(valgrind, program, more_options=()):
    """(name, operations, profile) of each script."""
    operations = {name: int(count) for name, count in map(str.split, run([program]).splitlines())}
    found = profiles(valgrind, program, operations, more_options)
    if found.keys() != operations.keys():
        raise Failure(f"no profile of: {', '.join(sorted(operations.keys() - found.keys()))}")
    return [(name, count, found[name]) for name, count in operations.items()]


def measure(valgrind, program):
    """Instructions of an operation, as {script: number}."""
    program = os.path.realpath(program)
    scripts = scripts_of(valgrind, program)
    return {name: round(own_instructions(profile, program) / count, 2) for name, count, profile in scripts}


def measure_at(addresses, valgrind, program):
    """The same for the instructions at some addresses of the object file."""
    program = os.path.realpath(program)
    scripts = scripts_of(valgrind, program, ["--dump-instr=yes"])
    return {
        name: round(sum(times for at, times in own_costs(profile, program) if at in addresses) / count, 2)
        for name, count, profile in scripts
    }
