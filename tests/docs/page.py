"""A page: its blocks with their comments, its headings, its links and its tables."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]

SHELL = "sh"
KEYS = (
    "needs",
    "exits",
    "continues",
    "with",
    "last step not run",
    "save as",
    "is",
    "shown by",
    "settings",
    "event",
    "unchecked",
)

_FENCE = re.compile(r"^( *)```(\w*)$")
_HEADING = re.compile(r"^(#+) (.+)$")
_COMMENT = re.compile(r"^ *<!-- (.+?) -->$")
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_CODE = re.compile(r"`[^`]*`")
_NOT_IN_ANCHORS = re.compile(r"[^\w\- ]")


class Block(NamedTuple):
    """A fenced block: where it stands, what it says, and the comments right above it."""

    page: str
    line: int
    section: str
    language: str
    body: str
    comments: tuple[tuple[str, str], ...]

    def all(self, key: str) -> list[str]:
        """Return the values of the comments of this key."""
        return [value for name, value in self.comments if name == key]

    def get(self, key: str) -> str | None:
        """Return the value of the comment of this key, None without one."""
        return next(iter(self.all(key)), None)

    @property
    def place(self) -> str:
        """Return where a person finds it."""
        return f"{self.page}:{self.line}"


class Page(NamedTuple):
    """A page of Markdown; `prose` are its lines outside of blocks."""

    path: str
    blocks: tuple[Block, ...]
    prose: tuple[str, ...]

    @property
    def headings(self) -> list[tuple[int, str]]:
        """Return the level and text of each heading."""
        found = (_HEADING.match(line) for line in self.prose)
        return [(len(match[1]), match[2]) for match in found if match]

    @property
    def anchors(self) -> set[str]:
        """Return what a link can point to, as GitHub makes it of the headings."""
        anchors: set[str] = set()
        seen: Counter[str] = Counter()
        for _, text in self.headings:
            anchor = _NOT_IN_ANCHORS.sub("", text.lower()).replace(" ", "-")
            anchors.add(f"{anchor}-{seen[anchor]}" if seen[anchor] else anchor)
            seen[anchor] += 1
        return anchors

    @property
    def links(self) -> list[str]:
        """Return the targets of all links."""
        return [link for line in self.prose for link in _LINK.findall(_CODE.sub("``", line))]

    @property
    def tables(self) -> list[list[list[str]]]:
        """Return each table as its rows of cells, the rule under the head left out."""
        tables: list[list[list[str]]] = []
        before = ""
        for line in self.prose:
            if line.startswith("|"):
                if not before.startswith("|"):
                    tables.append([])
                cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
                if not all(re.fullmatch(r":?-+:?", cell) for cell in cells):
                    tables[-1].append(cells)
            before = line
        return tables


def read_page(path: Path) -> Page:
    """Return the page in a file; raises ValueError for a comment above a block nobody knows."""
    return parse(path.read_text(), str(path.relative_to(ROOT)))


def parse(text: str, path: str) -> Page:
    """Return the page of this text; raises ValueError for a comment above a block nobody knows."""
    blocks: list[Block] = []
    prose: list[str] = []
    comments: list[str] = []
    section = ""
    lines = iter(enumerate(text.splitlines(), 1))
    for number, line in lines:
        if fence := _FENCE.match(line):
            indent = fence[1]
            body = ""
            for _, inside in lines:
                if inside == f"{indent}```":
                    break
                body += inside.removeprefix(indent) + "\n"
            else:
                raise ValueError(f"{path}:{number}: the block has no end")
            said = tuple(_read_comment(each, f"{path}:{number}") for each in comments)
            blocks.append(Block(path, number, section, fence[2], body, said))
            comments = []
            continue
        if comment := _COMMENT.match(line):
            # What is made by the code ends there; it says nothing of a block that follows.
            comments = [] if comment[1] == "end" else [*comments, comment[1]]
            continue
        prose.append(line)
        if line:
            comments = []
        if heading := _HEADING.match(line):
            section = heading[2]
    return Page(path, tuple(blocks), tuple(prose))


def find_pages() -> list[Page]:
    """Return every page that a reader of this repository sees, each once."""
    paths = [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "examples").rglob("*.md"),
        *(ROOT / "tests").rglob("README.md"),
    ]
    return [read_page(path) for path in sorted(paths)]


def _read_comment(comment: str, place: str) -> tuple[str, str]:
    key, colon, value = comment.partition(": ")
    if not colon or key not in KEYS or not value.strip():
        raise ValueError(f"{place}: <!-- {comment} --> is none of {', '.join(KEYS)}")
    return key, value.strip()
