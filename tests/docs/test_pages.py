"""Links of pages work, and what needs a page has one."""

from __future__ import annotations

import pytest

from fix_ksm_probes.rules.catalogue import RULES
from tests.docs.generated import PARTS, replace_part
from tests.docs.page import ROOT, Page, find_pages

PAGES = {page.path: page for page in find_pages()}
CALLERS = ("argocd", "ci", "flux", "helm", "kpt", "kubectl", "kustomize", "standalone")
OUTLINE = ["What it means", "What the kubelet reports", "An example", "What each mode does"]


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES.keys())
def test_a_link_leads_somewhere(page: Page) -> None:
    """Every relative link names a file of the repository, and its anchor a heading."""
    assert [link for link in page.links if not _leads(link, page)] == []


@pytest.mark.parametrize("path", [path for path in PAGES if path.startswith("docs/")])
def test_a_page_can_be_found(path: str) -> None:
    """Another page links to each page of docs/."""
    links = {
        _target(link, page) for page in PAGES.values() if page.path != path for link in page.links
    }

    assert path in links


def test_every_reason_has_its_page() -> None:
    """One page for each reason, and no other."""
    found = {path for path in PAGES if path.startswith("docs/reasons/")}

    assert found == {f"docs/reasons/{name}.md" for name in (*RULES, "README")}


@pytest.mark.parametrize("reason", RULES)
def test_a_reason_is_told_in_one_outline(reason: str) -> None:
    """All pages of reasons have the same outline."""
    page = PAGES[f"docs/reasons/{reason}.md"]
    shown = "".join(block.body for block in page.blocks if block.section == "An example")

    assert page.headings == [(1, reason), *((2, heading) for heading in OUTLINE)]
    assert reason in shown


def test_the_reasons_are_listed() -> None:
    """The list of reasons and the README name all of them and link their pages."""
    for path, folder in (("docs/reasons/README.md", ""), ("README.md", "docs/reasons/")):
        assert {f"{folder}{reason}.md" for reason in RULES} <= set(PAGES[path].links)


def test_every_caller_has_its_page() -> None:
    """One page for each caller, and the README links to all of them."""
    found = {path for path in PAGES if path.startswith("docs/callers/")}

    assert found == {f"docs/callers/{name}.md" for name in CALLERS}
    assert found <= set(PAGES["README.md"].links)


def test_the_first_page_is_short() -> None:
    """Details belong in docs/; tables that the code makes may grow."""
    text = (ROOT / "README.md").read_text()
    for part in PARTS:
        if part.page == "README.md":
            text = replace_part(text, part.name, "")

    assert len(text.splitlines()) <= 203


def test_the_table_is_that_of_the_pods_that_ran() -> None:
    """`make cluster` wrote every row of the table in the README."""
    lines = (ROOT / "README.md").read_text().splitlines()
    head = next(line for line in lines if line.startswith("| manifest | mode |"))
    start = lines.index(head)
    shown = lines[start : lines.index("", start)]
    measured = (ROOT / "tests" / "cluster" / "table.md").read_text().splitlines()

    assert len(shown) > 5
    assert set(shown) <= set(measured)


def _target(link: str, page: Page) -> str:
    path = (ROOT / page.path).parent / link.partition("#")[0]
    return str(path.resolve().relative_to(ROOT)) if path.resolve().is_relative_to(ROOT) else ""


def _leads(link: str, page: Page) -> bool:
    if link.startswith("https://"):
        return True
    name, _, anchor = link.partition("#")
    target = _target(link, page) if name else page.path
    if not anchor:
        return bool(target) and (ROOT / target).exists()
    return target in PAGES and anchor in PAGES[target].anchors
