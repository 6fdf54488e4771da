"""Every file: bytes, blanks, lengths, words."""
import re

LINE_LENGTH = 120
BLOB_BYTES = 200_000
LONG_LINES_ALLOWED = (".json", ".svg", ".csv", ".html", ".txt.in", ".list")
WORDS = ["TODO", "FIXME", "XXX", "HACK", "lorem ipsum", "for now", "not yet implemented", "not implemented"]
WORDS_ALLOWED_IN = ("tests/style/", "LICENSE")


def is_text(file):
    return b"\0" not in file.data


def small_files(repo):
    """No file is larger than 200 kB."""
    for file in repo.files:
        if len(file.data) > BLOB_BYTES:
            yield file.path, 1, f"{len(file.data)} bytes, at most {BLOB_BYTES}"


def no_tabs(repo):
    """No tab characters."""
    for file in filter(is_text, repo.files):
        for number, line in enumerate(file.lines, 1):
            if "\t" in line:
                yield file.path, number, "tab"


def clean_line_ends(repo):
    """No blanks at the end of a line, no carriage returns, one newline at the end of the file."""
    for file in filter(is_text, repo.files):
        for number, line in enumerate(file.lines, 1):
            if line != line.rstrip():
                yield file.path, number, "blank at the end of the line"
        if file.text and (not file.text.endswith("\n") or file.text.endswith("\n\n")):
            yield file.path, len(file.lines), "the file should end with one newline"


def line_length(repo):
    """Lines have at most 120 columns; tables and links in Markdown, and lists that quote code, may be longer."""
    for file in filter(is_text, repo.files):
        if file.path.endswith(LONG_LINES_ALLOWED) or file.path.startswith("docs/results/"):  # printed tables
            continue
        for number, line in enumerate(file.lines, 1):
            excused = file.path.endswith(".md") and (line.lstrip().startswith("|") or "](" in line or "://" in line)
            if len(line) > LINE_LENGTH and not excused:
                yield file.path, number, f"{len(line)} columns, at most {LINE_LENGTH}"


def no_unfinished_words(repo):
    """No word that marks unfinished work."""
    pattern = re.compile(r"\b(?:" + "|".join(WORDS) + r")\b")
    for file in filter(is_text, repo.files):
        if file.path.startswith(WORDS_ALLOWED_IN):
            continue
        for number, line in enumerate(file.lines, 1):
            if match := pattern.search(line):
                yield file.path, number, f"'{match[0]}': finish it, or write down the limit as a fact"


def scripts_stop_at_errors(repo):
    """Bash scripts begin with set -euo pipefail."""
    for file in filter(is_text, repo.files):
        if re.match(r"#!.*\bbash\b", file.lines[0]) and not re.search(r"^set -euo pipefail$", file.text, re.MULTILINE):
            yield file.path, 1, "no `set -euo pipefail`"


RULES = [small_files, no_tabs, clean_line_ends, line_length, no_unfinished_words, scripts_stop_at_errors]
