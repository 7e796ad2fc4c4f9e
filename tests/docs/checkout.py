"""A reader's checkout: a copy of what the pages name, and a shell in it."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from tests.docs.page import ROOT, Block
from tests.docs.story import Step, Story
from tests.docs.transcript import is_shown

_COPIED = ("docs", "examples", "fn", "image", "tests/docs/kustomization")
_WRITING = (["kubectl", "apply"], ["kubectl", "replace"])
_MINUTE = 60


class Shown(NamedTuple):
    """What a reader sees in a pipe: all that was written, and the exit code."""

    written: str
    exit_code: int


class RanStep(NamedTuple):
    """A step of a story, and what its command printed."""

    step: Step
    seen: Shown


def check_out(folder: Path, *more: str) -> None:
    """Lay a copy of what users need into `folder`, and of the folders `more`."""
    for name in (*_COPIED, *more):
        skipped = shutil.ignore_patterns("__pycache__", "*.egg-info")
        shutil.copytree(ROOT / name, folder / name, ignore=skipped, dirs_exist_ok=True)
    for path in ROOT.iterdir():
        if path.is_file() and path.name != ".git":
            shutil.copy2(path, folder)
    # The environment that runs the tests is the one that `make .venv/ready` would make.
    (folder / ".venv").mkdir()
    for path in Path(sys.prefix).iterdir():
        (folder / ".venv" / path.name).symlink_to(path)
    (folder / ".venv" / "ready").unlink(missing_ok=True)
    (folder / ".venv" / "ready").touch()


def reader(
    folder: Path, first: tuple[Path, ...] = (), more: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return the environment of somebody who installed the function, at work in `folder`.

    Programs in the folders `first` are found before it; `more` is set besides.
    """
    beside = folder.parent / "home"
    beside.mkdir(exist_ok=True)
    home = {name: str(beside) for name in ("HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")}
    given = {**os.environ, **home, **(more or {})}
    given.pop("KUSTOMIZE_PLUGIN_HOME", None)
    path = (*map(str, first), str(Path(sys.executable).parent), given["PATH"])
    return {**given, "PATH": os.pathsep.join(path)}


def prepare(page: str, files: tuple[Block, ...], folder: Path) -> Path:
    """Lay a checkout with the files that a page has saved; return where its reader stands.

    A page of examples/ speaks from its own folder, any other from the root.
    """
    path = Path(page)
    check_out(folder, *(["tests"] if path.name == "CONTRIBUTING.md" else []))
    stands = folder / path.parent if path.parts[0] == "examples" else folder
    for block in files:
        (stands / str(block.get("save as"))).write_text(block.body)
    return stands


def run_story(
    story: Story, folder: Path, env: Callable[[Path], Mapping[str, str]]
) -> list[RanStep]:
    """Run a story in a checkout below `folder`, in the environment `env` makes of it."""
    checkout = folder / "checkout"
    stands = prepare(story.steps[0].command.page, story.files, checkout)
    return [RanStep(step, type_in(step.command, stands, env(checkout))) for step in story.steps]


def find_faults(ran: list[RanStep]) -> list[str]:
    """Return what the page says otherwise than it went."""
    faults = []
    for step, seen in ran:
        wanted = int(step.command.get("exits") or 0)
        if seen.exit_code != wanted:
            faults.append(f"{step.command.place}: exit code {seen.exit_code}\n{seen.written}")
        elif step.output is not None and not is_shown(step.output.body, seen.written):
            faults.append(f"{step.output.place}: it writes\n{seen.written}")
    return faults


def type_in(block: Block, stands: Path, env: Mapping[str, str]) -> Shown:
    """Run a block as it would run when pasted, but for what its comments say."""
    return shell(command_of(block), stands, env)


def shell(command: str, stands: Path, env: Mapping[str, str]) -> Shown:
    """Run a command in a shell that stops at the first that fails, also within a pipe."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        cwd=stands,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=10 * _MINUTE,
    )
    return Shown(done.stdout, done.returncode)


def command_of(block: Block) -> str:
    """Return what is run of a block: its words replaced and its last step cut as comments say."""
    command = block.body
    for given in block.all("with"):
        word, _, value = given.partition(" = ")
        if word not in command:
            raise ValueError(f"{block.place}: no {word!r} to replace")
        command = command.replace(word, value)
    if block.get("last step not run") is not None:
        command, pipe, last = command.rpartition("|")
        if not pipe or shlex.split(last)[:2] not in _WRITING:
            raise ValueError(f"{block.place}: its last step does not write to a cluster")
    return command
