"""Markdown: one title a page, links that lead somewhere, a changelog in its form."""
import os
import re

_SECTIONS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
_RELEASE = re.compile(r"^## (\[Unreleased\]|\[\d+\.\d+\.\d+\] - \d{4}-\d{2}-\d{2})$")


def pages(repo):
    return [file for file in repo.files if file.path.endswith(".md")]


def prose(file):
    """[(line, text)] of a page without its fenced code."""
    fenced = False
    for number, line in enumerate(file.lines, 1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif not fenced:
            yield number, line


def one_title(repo):
    """Each Markdown page has exactly one title."""
    for file in pages(repo):
        titles = [number for number, line in prose(file) if line.startswith("# ")]
        if len(titles) != 1:
            yield file.path, titles[1] if titles else 1, f"{len(titles)} titles (`# ...`), should be 1"


def links_lead_somewhere(repo):
    """Relative links name files and folders of the repository."""
    known = {file.path for file in repo.files}
    known |= {os.path.dirname(path) for path in known}
    for file in pages(repo):
        for number, line in prose(file):
            for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", line):
                path = os.path.normpath(os.path.join(os.path.dirname(file.path), target))
                if "://" not in target and not target.startswith("mailto:") and path not in known and path != ".":
                    yield file.path, number, f"{target} does not exist"


def changelog_form(repo):
    """CHANGELOG.md: "Changelog", then [Unreleased], then releases with dates, sections of the known six kinds."""
    for file in pages(repo):
        if file.path != "CHANGELOG.md":
            continue
        if file.lines[0] != "# Changelog":
            yield file.path, 1, "the first line should be `# Changelog`"
        releases = [(number, line) for number, line in prose(file) if line.startswith("## ")]
        if not releases or releases[0][1] != "## [Unreleased]":
            yield file.path, 1, "the first section should be `## [Unreleased]`"
        for number, line in releases:
            if not _RELEASE.match(line):
                yield file.path, number, "write `## [1.2.3] - 2026-01-31`"
        for number, line in prose(file):
            if line.startswith("### ") and line[4:] not in _SECTIONS:
                yield file.path, number, f"'{line[4:]}' is none of {', '.join(sorted(_SECTIONS))}"


def cpp_snippets(file):
    """[(line, text)] of the page's fenced C++."""
    for match in re.finditer(r"^```(?:cpp|c\+\+)\n(.*?)^```", file.text, re.DOTALL | re.MULTILINE):
        yield file.text.count("\n", 0, match.start()) + 1, match[1]


def snippets_are_examples(repo):
    """C++ in a page is, line for line, part of a program in examples/, which is compiled and run."""
    programs = ["\n" + file.text for file in repo.under("examples")]
    for file in pages(repo):
        for line, snippet in cpp_snippets(file):
            if not any("\n" + snippet in program for program in programs):
                yield file.path, line, "this C++ is not part of any program in examples/"


RULES = [one_title, links_lead_somewhere, changelog_form, snippets_are_examples]
