"""The committed numbers, instructions of an operation as {compiler: {script: number}}, and how others compare."""
import json

TOLERANCE = 0.02
ROUNDING = 1e-9  # of the division


class Malformed(Exception):
    """The file does not hold what it should."""


def parse(text):
    try:
        baseline = json.loads(text)
    except ValueError as error:
        raise Malformed(f"not JSON: {error}") from None
    if not isinstance(baseline, dict):
        raise Malformed("not an object of compilers")
    for compiler, scripts in baseline.items():
        if not isinstance(scripts, dict) or not scripts:
            raise Malformed(f"{compiler}: not an object of scripts")
        for script, number in scripts.items():
            if type(number) not in (int, float) or not 0 < number < float("inf"):
                raise Malformed(f"{compiler}: {script}: not a positive number: {number!r}")
    return baseline


def written(baseline):
    return json.dumps(baseline, indent=2, sort_keys=True) + "\n"


def differences(expected, got):
    """One line for each script whose count is not the expected one, within the tolerance."""
    for script in sorted(expected.keys() | got.keys()):
        if script not in expected:
            yield f"{script}: {got[script]} instructions, and the baseline does not know this script"
        elif script not in got:
            yield f"{script}: in the baseline ({expected[script]} instructions), but the program has no such script"
        elif abs(change := got[script] / expected[script] - 1) > TOLERANCE + ROUNDING:
            verdict = "more" if change > 0 else "fewer, so that the baseline is out of date"
            yield f"{script}: {got[script]} instructions, expected {expected[script]} ({change:+.2%}: {verdict})"
