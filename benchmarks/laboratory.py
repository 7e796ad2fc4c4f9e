"""What all measurements share: a folder, the function as users install it, and other programs."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from benchmarks.measure import Command
from benchmarks.streams import documents, resource_list
from tests.e2e.binaries import Program, binary

ROOT = Path(__file__).parents[1]
COPY = "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())"
FILTER = """
import sys, yaml
stream = yaml.load(sys.stdin, Loader=yaml.CSafeLoader)
stream.pop("functionConfig")
yaml.dump(stream, sys.stdout, Dumper=yaml.CSafeDumper)
"""
"""A function as one writes it in ten minutes, with PyYAML's C parser and emitter."""

_CATALOG = "github.com/GoogleContainerTools/kpt-functions-catalog/functions/go"
_SINCE_EVER = (0, 0, 0)
SET_NAMESPACE = Program(
    "set-namespace", f"{_CATALOG}/set-namespace", ".", ((_SINCE_EVER, (0, 4, 1)),)
)
APPLY_SETTERS = Program(
    "apply-setters", f"{_CATALOG}/apply-setters", ".", ((_SINCE_EVER, (0, 2, 0)),)
)
KUBE_SCORE = Program(
    "kube-score", "github.com/zegl/kube-score", "./cmd/kube-score", ((_SINCE_EVER, (1, 20, 0)),)
)
_CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: config\ndata:\n  {}: team\n"


class Laboratory(NamedTuple):
    """A temporary folder, and in it environments that pip installed the function into.

    `before` is the commit that is measured beside the present state; empty for none.
    """

    folder: Path
    before: str = ""

    @property
    def command(self) -> Path:
        """The function's command."""
        return self.folder / "now" / "bin" / "fix-ksm-probes"

    def install(self) -> None:
        """Install this project, and its commit `before`, each into an environment of its own.

        Raises CalledProcessError where there is no such commit.
        """
        _install(ROOT, self.folder / "now")
        if self.before:
            source = self.folder / "source"
            source.mkdir()
            archive = subprocess.run(
                ["git", "-C", ROOT, "archive", self.before], stdout=subprocess.PIPE, check=True
            )
            subprocess.run(["tar", "-x", "-C", source], input=archive.stdout, check=True)
            _install(source, self.folder / "before")

    def write(self, name: str, content: bytes) -> Path:
        """Return a file that holds `content`."""
        path = self.folder / name
        path.write_bytes(content)
        return path

    def function(self, name: str, stdin: Path, *arguments: str | Path) -> dict[str, Command]:
        """Return the function's command by `name`, and with it that of the commit before."""
        found = {name: Command([self.command, *arguments], stdin)}
        if self.before:
            command = self.folder / "before" / "bin" / self.command.name
            found[f"{name}, at {self.before}"] = Command([command, *arguments], stdin)
        return found

    def python(self, code: str, stdin: Path, *options: str) -> Command:
        """Return the command that runs `code` by the function's own interpreter."""
        return Command([self.command.with_name("python"), *options, "-c", code], stdin)

    def go_function(self, program: Program, items: list[str]) -> Command:
        """Return a Go function of kpt's catalog at work on `items`, built where it is not yet."""
        setting = "namespace" if program == SET_NAMESPACE else "team"
        config = _CONFIG_MAP.format(setting)
        stdin = self.write(f"{program.name}.yaml", resource_list(items, config))
        return Command([built(program)], stdin)

    def kustomize(self, items: list[str]) -> Command | None:
        """Return the command that has kubectl patch `items`; None without kubectl.

        The patches, JSON 6902, are those that the function itself writes as a Component.
        """
        kubectl = shutil.which("kubectl")
        if kubectl is None:
            return None
        folder = self.folder / "kustomize"
        (folder / "component").mkdir(parents=True, exist_ok=True)
        resources = documents(items)
        (folder / "resources.yaml").write_bytes(resources)
        making = [str(self.command), "--quiet", "--mode=dedicated-port"]
        making.append("--output=component")
        made = subprocess.run(making, input=resources, stdout=subprocess.PIPE, check=True).stdout
        (folder / "component" / "kustomization.yaml").write_bytes(made)
        (folder / "kustomization.yaml").write_text(
            "resources: [resources.yaml]\ncomponents: [component]\n"
        )
        return Command([kubectl, "kustomize", folder], Path(os.devnull))


def _install(source: Path, venv: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    # The pip of this environment: it is newer than the one that venv brings. It compiles bytecode.
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    pip += ["--python", str(venv / "bin" / "python")]
    subprocess.run([*pip, "install", "--quiet", "--compile", str(source)], check=True)


def built(program: Program) -> Path:
    """Return the program, built from its Go module where the cache lacks it."""
    ((_, version),) = program.built
    return binary(program, version)


def progress(line: str) -> None:
    """Say on stderr what is measured now."""
    print(line, file=sys.stderr, flush=True)


def machine() -> str:
    """Return the processor, cores, memory, kernel and Python of this machine, in one sentence."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    lines = (line.partition(":") for line in Path("/proc/cpuinfo").read_text().splitlines())
    names = [value.strip() for name, _, value in lines if name.strip() == "model name"]
    return (
        f"{(names or [platform.machine()])[0]}, {os.cpu_count()} cores,"
        f" {memory:.0f} GiB of memory, Linux {platform.release()},"
        f" {platform.python_implementation()} {platform.python_version()},"
        f" load {os.getloadavg()[0]:.1f} before the first run."
    )
