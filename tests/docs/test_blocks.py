"""Every command on every page runs, and every output is compared."""

from __future__ import annotations

from pathlib import Path

import pytest

from fix_ksm_probes.settings.function_config import read_function_config
from fix_ksm_probes.yamlpatch import load, parse
from tests.callers.caller import need
from tests.docs.checkout import command_of, find_faults, prepare, reader, run_story, shell
from tests.docs.page import ROOT, SHELL, Block
from tests.docs.story import ELSEWHERE, TOOLS, Story, find_stories, is_apart, output_of, told_pages
from tests.docs.transcript import ANY, is_part
from tests.docs.update import rewrite

PAGES = told_pages()
BLOCKS = [block for page in PAGES for block in page.blocks]
STORIES = [story for page in PAGES for story in find_stories(page)]
HERE = [story for story in STORIES if story.tools.isdisjoint(ELSEWHERE)]


def _having(key: str) -> list[Block]:
    return [block for block in BLOCKS if block.get(key) is not None]


@pytest.mark.parametrize("story", HERE, ids=lambda story: story.place)
def test_a_command_does_what_its_page_shows(
    story: Story, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """In a fresh checkout it has the exit code and the output of its page."""
    for tool in story.tools:
        need(tool)
    ran = run_story(story, tmp_path, reader)
    if request.config.getoption("--update"):
        ran = rewrite(ran)

    assert "".join(find_faults(ran)) == ""


@pytest.mark.parametrize("block", _having("shown by"), ids=lambda block: block.place)
def test_what_is_shown_elsewhere_is_what_was_written(block: Block, tmp_path: Path) -> None:
    """An output apart from its command is a part of what the command writes."""
    stands = prepare(block.page, (), tmp_path / "checkout")
    seen = shell(str(block.get("shown by")), stands, reader(tmp_path / "checkout"))

    assert seen.exit_code == 0, seen.written
    assert is_part(block.body, seen.written), seen.written


@pytest.mark.parametrize("block", _having("is"), ids=lambda block: block.place)
def test_what_is_in_a_file_is_so(block: Block) -> None:
    """A file has the lines that a page shows of it."""
    assert is_part(block.body, (ROOT / str(block.get("is"))).read_text())


@pytest.mark.parametrize("block", _having("settings"), ids=lambda block: block.place)
def test_settings_that_are_shown_are_accepted(block: Block) -> None:
    """The function accepts each functionConfig of a page."""
    (document,) = parse(block.body)

    assert read_function_config(load(document.root))


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.place)
def test_a_block_is_checked_or_says_why_not(block: Block) -> None:
    """Each block is a command or its output, or a comment above it says what it is."""
    page = next(page for page in PAGES if page.path == block.page)
    outputs = [output_of(command, page) for command in page.blocks if command.language == SHELL]

    assert block.language
    assert block.language == SHELL or is_apart(block) or block in outputs


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.place)
def test_a_command_names_the_tools_it_needs(story: Story) -> None:
    """Otherwise a missing tool would hide a test."""
    words = {word for step in story.steps for word in command_of(step.command).split()}
    used = words & set(TOOLS) | ({"venv"} if "pip" in words else set())

    # Both lines of helm are called by one name.
    assert {"helm" if tool == "helm4" else tool for tool in story.tools} == used


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.place)
def test_an_output_is_not_all_left_out(story: Story) -> None:
    """Besides `...`, an output shows some whole lines."""
    for step in story.steps:
        if step.output is not None:
            assert not all(line.endswith(ANY) for line in step.output.body.splitlines() or [ANY])


def test_what_is_not_checked_is_little() -> None:
    """Each exemption has its reason, and this test counts them."""
    exempt = [f"{block.place}: {block.get('unchecked')}" for block in _having("unchecked")]
    cut = [
        f"{block.place}: {block.get('last step not run')}" for block in _having("last step not run")
    ]

    assert len(exempt) == 21, "\n".join(exempt)
    assert len(cut) == 7, "\n".join(cut)


def test_there_are_commands() -> None:
    """A glob that finds nothing must fail."""
    assert len(HERE) > 10
