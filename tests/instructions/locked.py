#!/usr/bin/env python3
"""Counts the locked instructions that operations execute, and compares them with what the rings promise.

usage: locked.py OBJDUMP PROGRAM

Locked are instructions with a lock prefix, xchg with memory, and mfence. Each script of LIMITS may execute so many an
operation, and must execute the whole ones of them: otherwise this check sees nothing. No valgrind: one line that says
SKIPPED, and exit status 77.
"""
import re
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True

import callgrind

INSTRUCTION = re.compile(r"^\s+([0-9a-f]+):\t(?:lock\b|mfence\b|xchg\b.*\()")

HINT = 0.15  # every 8th push, and every 8th pop, tells the others how far it is

LIMITS = {
    "mpmc_pair": 2 + 2 * HINT,
    "mpmc_handle_pair": 2 + 2 * HINT,
    "mpmc_evict": 1 + HINT,
    "mpmc_full": 0,
    "mpmc_empty": 0,
    "lock_free_pair": 2 + 2 * HINT,
    "in_entries_pair": 2 + 2 * HINT,
    "mpsc_pair": 1 + HINT,
    "mpsc_push": 1 + HINT,
    "mpsc_pop": 0,
    "spmc_pair": 1 + HINT,
    "spmc_push": 0,
    "spmc_pop": 1 + HINT,
    "packed_pair": 0,
    "indexed_pair": 0,
    "latest_pair": 3,  # the push first takes it that nobody has popped
    "byte_pair": 0,
    "lap_pair": 0,
    "credits_pair": 2,
    "credits_in_order_pair": 2,
    "permit_pair": 2,
}


def locked_addresses(objdump, program):
    command = [objdump, "--disassemble", "--no-show-raw-insn", program]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return {int(match[1], 16) for line in text.splitlines() if (match := INSTRUCTION.match(line))}


def problems(got):
    """One line for each script that executes more than its limit, or fewer than it must."""
    for script, most in LIMITS.items():
        if script not in got:
            yield f"{script}: there is no such script"
        elif not int(most) <= got[script] <= most:
            yield f"{script}: {got[script]} locked instructions an operation, expected {int(most)} to {most:.2f}"


def main(objdump, program):
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        print("SKIPPED: valgrind is not installed, so that no instruction was counted")
        return 77
    try:
        bad = list(problems(callgrind.measure_at(locked_addresses(objdump, program), valgrind, program)))
    except callgrind.Failure as error:
        bad = [str(error)]
    print("\n".join(bad) or f"{len(LIMITS)} scripts are within their limits")
    return 1 if bad else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
