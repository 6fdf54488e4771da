"""The repository as the rules see it: files by path, each with its code and its comments apart."""
import functools
import os
import re
import subprocess

CPP = (".hpp", ".cpp")
SKIPPED_FOLDERS = {".git", "build", "__pycache__"}

# A comment, a raw string, a string or a character literal; digit separators (1'000) are eaten first.
_TOKEN = re.compile(
    r"""(?P<number>\b[0-9][0-9a-zA-Z']*)
      | (?P<comment>//[^\n]*|/\*.*?\*/)
      | (?P<raw>R"(?P<mark>[^()\s]*)\(.*?\)(?P=mark)")
      | (?P<text>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')""",
    re.DOTALL | re.VERBOSE,
)


class Source:
    """One file. Line numbers start at 1."""

    def __init__(self, path, data):
        self.path = path
        self.data = data
        self.name = os.path.basename(path)
        self.text = data.decode("utf-8", errors="replace")
        self.lines = self.text.split("\n")

    @functools.cached_property
    def _split(self):
        """(code, comments): the text with everything else turned into blanks, so that offsets and lines agree."""
        code, comments, end = [], [], 0
        for match in _TOKEN.finditer(self.text):
            between, token = self.text[end : match.start()], match[0]
            code.append(between)
            comments.append(_blank(between))
            is_comment, is_code = match["comment"] is not None, match["number"] is not None
            code.append(token if is_code else _blank(token) if is_comment else _hollow(token))
            comments.append(token if is_comment else _blank(token))
            end = match.end()
        code.append(self.text[end:])
        comments.append(_blank(self.text[end:]))
        return "".join(code), "".join(comments)

    @property
    def code(self):
        return self._split[0]

    @functools.cached_property
    def code_lines(self):
        return self.code.split("\n")

    @functools.cached_property
    def comment_lines(self):
        return self._split[1].split("\n")

    def line_of(self, offset):
        return self.code.count("\n", 0, offset) + 1

    @functools.cached_property
    def includes(self):
        """[(line, path, quoted)] of every #include."""
        pattern = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
        found = ((number, pattern.match(line)) for number, line in enumerate(self.lines, 1))
        return [(number, match[2], match[1] == '"') for number, match in found if match]


def _blank(text):
    return re.sub(r"[^\n]", " ", text)


def _hollow(literal):
    """A literal keeps its quotes and loses its content."""
    return literal if len(literal) < 2 else literal[0] + _blank(literal[1:-1]) + literal[-1]


class Repo:
    def __init__(self, files, root=None):
        self.files = files
        self.root = root

    @classmethod
    def from_texts(cls, texts):
        return cls([Source(path, text.encode()) for path, text in texts.items()])

    @classmethod
    def from_folder(cls, root):
        paths = sorted(_listed_by_git(root) or _walk(root))
        paths = [path for path in paths if os.path.isfile(os.path.join(root, path))]
        return cls([Source(path, _read(os.path.join(root, path))) for path in paths], root)

    def under(self, *folders, suffixes=CPP):
        """Files below the folders, by suffix."""
        prefixes = tuple(folder + "/" for folder in folders)
        return [file for file in self.files if file.path.startswith(prefixes) and file.path.endswith(suffixes)]

    def library(self):
        return self.under("include", "src")

    def headers(self):
        return self.under("include", suffixes=(".hpp",))

    def cpp(self):
        return [file for file in self.files if file.path.endswith(CPP)]


def _read(path):
    with open(path, "rb") as file:
        return file.read()


def _listed_by_git(root):
    """Tracked files and new ones that are not ignored; nothing where git or its folder is missing."""
    if not os.path.exists(os.path.join(root, ".git")):
        return None
    git = ["git", "-C", root, "-c", "safe.directory=*"]
    try:
        done = subprocess.run([*git, "ls-files", "-z", "-co", "--exclude-standard"], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return [path for path in done.stdout.decode().split("\0") if path]


def _walk(root):
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in SKIPPED_FOLDERS]
        for name in names:
            yield os.path.relpath(os.path.join(folder, name), root)
