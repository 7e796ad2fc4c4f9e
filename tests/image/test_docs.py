"""The commands of the pages that need a container engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.checkout import find_faults, reader, run_story
from tests.docs.story import Story, stories_with
from tests.image.engine import Engine

STORIES = stories_with({"docker", "podman"})


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.place)
def test_a_command_does_what_its_page_shows(story: Story, image: Engine, tmp_path: Path) -> None:
    """It runs in a fresh checkout with the image built, and writes what stands behind it."""
    ran = run_story(story, tmp_path, lambda folder: reader(folder, more=image.env))

    assert "".join(find_faults(ran)) == ""


def test_there_are_commands() -> None:
    """An empty glob is no success."""
    assert STORIES
