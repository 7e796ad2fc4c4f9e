"""Stories: the commands of a page with the outputs that stand behind them."""

from __future__ import annotations

from typing import NamedTuple

from tests.docs.page import SHELL, Block, Page, find_pages

# Tools whose commands run in `make e2e`, which has them or makes them.
ELSEWHERE = ("helm", "docker", "podman", "venv")
TOOLS = (*ELSEWHERE, "kpt", "kubectl")

# What makes a block something else than a command or the output of the one above it.
_APART = ("unchecked", "save as", "is", "shown by", "settings", "event")


class Step(NamedTuple):
    """A command and the output that a page shows for it."""

    command: Block
    output: Block | None


class Story(NamedTuple):
    """Commands that run one behind the other in one copy, with the files they find there."""

    files: tuple[Block, ...]
    steps: tuple[Step, ...]

    @property
    def place(self) -> str:
        """Return where a person finds it."""
        return self.steps[0].command.place

    @property
    def tools(self) -> set[str]:
        """Return the tools that it says it needs."""
        return {tool for step in self.steps for tool in step.command.all("needs")}


def told_pages() -> list[Page]:
    """Return the pages to check; the Chinese README has the blocks of the English one."""
    return [page for page in find_pages() if page.path != "README.zh-CN.md"]


def stories_with(tools: set[str]) -> list[Story]:
    """Return the stories of all pages that need one of these tools."""
    stories = [story for page in told_pages() for story in find_stories(page)]
    return [story for story in stories if story.tools & tools]


def find_stories(page: Page) -> list[Story]:
    """Return the stories of a page, in its order."""
    stories: list[Story] = []
    files: tuple[Block, ...] = ()
    for block in page.blocks:
        if block.get("save as") is not None:
            files = (*files, block)
        if block.language != SHELL or is_apart(block):
            continue
        step = Step(block, output_of(block, page))
        if block.get("continues") is None:
            stories.append(Story(files, (step,)))
        else:
            last = stories.pop()
            stories.append(Story(files, (*last.steps, step)))
    return stories


def output_of(command: Block, page: Page) -> Block | None:
    """Return the block behind a command that shows its output, None where there is none."""
    following = page.blocks[page.blocks.index(command) + 1 :]
    block = next((each for each in following if not is_apart(each)), None)
    if block is None or block.language == SHELL or block.section != command.section:
        return None
    return block


def is_apart(block: Block) -> bool:
    """Tell whether a comment says that a block is neither run nor the output of the one above."""
    return any(block.get(key) is not None for key in _APART)
