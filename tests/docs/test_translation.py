"""The Chinese README says the same as the English one."""

from __future__ import annotations

import re

from tests.docs.page import ROOT, Page, read_page

ENGLISH, CHINESE = (read_page(ROOT / name) for name in ("README.md", "README.zh-CN.md"))

_CODE = re.compile(r"`[^`]+`")
_WORDS = {"info": "提示", "warning": "警告", "error": "错误", "yes": "是", "no": "否"}


def test_both_have_the_same_sections() -> None:
    """The headings have the same order and the same levels."""
    assert _levels(CHINESE) == _levels(ENGLISH)


def test_both_have_the_same_blocks() -> None:
    """Commands, outputs and files are equal, with the same comments above."""
    blocks = [
        [(block.language, block.body, block.comments) for block in page.blocks]
        for page in (CHINESE, ENGLISH)
    ]

    assert blocks[0] == blocks[1]


def test_both_have_the_same_tables() -> None:
    """Each table has the same rows and columns, and the same code in each row."""
    assert _shapes(CHINESE) == _shapes(ENGLISH)


def test_cells_of_one_word_are_translated() -> None:
    """Severities and results of the cluster are those of the English tables."""
    cells = [
        [cell for table in page.tables for row in table for cell in row]
        for page in (ENGLISH, CHINESE)
    ]
    translated = {
        (english, chinese)
        for english, chinese in zip(*cells, strict=True)
        if english in _WORDS or chinese in _WORDS.values()
    }

    # A hung kube-state-metrics is noticed or not, which Chinese answers with another verb.
    assert translated == {*_WORDS.items(), ("yes", "能"), ("no", "不能")}


def test_both_lead_to_the_same_pages() -> None:
    """Except for the links to each other."""
    links = [sorted(set(page.links) - {CHINESE.path, ENGLISH.path}) for page in (CHINESE, ENGLISH)]

    assert links[0] == links[1]
    assert CHINESE.path in ENGLISH.links
    assert ENGLISH.path in CHINESE.links


def _levels(page: Page) -> list[int]:
    return [level for level, _ in page.headings]


def _shapes(page: Page) -> list[list[tuple[int, list[str]]]]:
    return [
        [(len(row), sorted(_CODE.findall(" ".join(row)))) for row in table] for table in page.tables
    ]
