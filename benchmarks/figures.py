"""The sections of the page: what is run, and which figures are held against a goal."""

from __future__ import annotations

import platform as machine
import shutil
from pathlib import Path

from benchmarks.laboratory import (
    APPLY_SETTERS,
    COPY,
    FILTER,
    KUBE_SCORE,
    ROOT,
    SET_NAMESPACE,
    Laboratory,
    built,
    progress,
)
from benchmarks.measure import LONG, Command, Cost, Imports, import_times, measure
from benchmarks.plot import Line, draw
from benchmarks.report import goal, megabytes, milliseconds, table
from benchmarks.streams import SOUND, chart, documents, fleet, platform, resource_list, tree
from tests.image.engine import CONFINED, Engine, NoEngine, prepare

OURS = "fix-ksm-probes"
SIZES = (10, 100, 1000, 10_000)
# Seconds from which on a command gets no larger stream.
TOO_LONG = 3

# The image has two programs, and the loader of both, which ends at once when asked who it is.
_LOADER = {"x86_64": "/lib64/ld-linux-x86-64.so.2", "aarch64": "/lib/ld-linux-aarch64.so.1"}
_PYTHON = "/usr/bin/python3.13"
_START = "from fix_ksm_probes.__main__ import main; main()"
# What undoes each trick, in a process that then runs the function.
_TRICKS = {
    "PyYAML's binding alone": "import gc; gc.disable(); import yaml",
    "a NamedTuple of our own": (
        "import gc; gc.disable(); import sys, typing\n"
        "sys.modules['fix_ksm_probes.yamlpatch._named_tuple'] = typing"
    ),
    "`os._exit` at the end": "import os, sys; os._exit = sys.exit",
    "`gc.disable` first": "import gc; gc.disable = bool",
    "`re` at its first use": "import gc; gc.disable(); import re, collections.abc",
    "late imports for a repair": (
        "import gc; gc.disable()\n"
        "import fix_ksm_probes.fixes.plan, fix_ksm_probes.report.results, jsonpatch"
    ),
}
# A module is of the first part that has a prefix of its name.
_PARTS = (
    ("ours", ("fix_ksm_probes",)),
    ("PyYAML's binding of libyaml", ("yaml",)),
    (
        "re, and what it imports",
        ("re", "_sre", "enum", "types", "functools", "collections", "operator", "copyreg"),
    ),
    (
        "jsonpatch, and what it imports",
        ("json", "_json", "copy", "weakref", "_weakref", "difflib", "heapq", "_heapq", "org"),
    ),
    ("Python's start, and the rest", ("",)),
)
_FILES = 2000
_FILE_SIZE = 6000
_IMAGE = "localhost/fix-ksm-probes-benchmark"


def startup(laboratory: Laboratory, runs: int = 41) -> str:
    """Return the table of start-up on a chart of 16 resources."""
    broken, sound = chart(), chart(SOUND)
    stream = laboratory.write("broken.yaml", resource_list(broken))
    unbroken = laboratory.write("sound.yaml", resource_list(sound))
    repair, nothing = "one probe to repair", "nothing to repair"
    yaml, both = "`import yaml`", "`import yaml, jsonpatch`"
    found = measure(
        {
            **laboratory.function(repair, stream),
            **laboratory.function(nothing, unbroken),
            both: laboratory.python("import yaml, jsonpatch", stream),
            yaml: laboratory.python("import yaml", stream),
            "`pass`": laboratory.python("pass", stream),
            "set-namespace (Go)": laboratory.go_function(SET_NAMESPACE, broken),
            "apply-setters (Go)": laboratory.go_function(APPLY_SETTERS, broken),
        },
        runs,
    )
    return (
        f"A ResourceList of {len(broken)} items, {stream.stat().st_size / 1e3:.0f} KB, mode"
        f" `dedicated-port`; what stands in backticks is `python -c`; medians of {runs} runs:\n\n"
        + _costs(found)
        + "\n"
        + table(
            ["wall", "ratio", "goal", "held"],
            goal(f"{repair}, of {both}", found[repair].wall / found[both].wall, most=1.1),
            goal(f"{nothing}, of {yaml}", found[nothing].wall / found[yaml].wall, most=0.9),
        )
    )


def what_is_left(laboratory: Laboratory, runs: int = 21) -> str:
    """Return what a start is made of, by what is imported, and what each trick of ours buys."""
    stdins = {
        "nothing to repair": laboratory.write("sound.yaml", resource_list(chart(SOUND))),
        "one probe to repair": laboratory.write("broken.yaml", resource_list(chart())),
    }
    imported = {
        name: import_times(laboratory.python(_START, stdin, "-X", "importtime"), _PARTS, runs)
        for name, stdin in stdins.items()
    }
    bought = []
    for stdin in stdins.values():
        code = {name: f"{undo}\n{_START}" for name, undo in _TRICKS.items()}
        commands = {name: laboratory.python(each, stdin) for name, each in code.items()}
        found = measure({"": laboratory.python(_START, stdin), **commands}, runs)
        bought.append({name: found[name].wall - found[""].wall for name in _TRICKS})
    return (
        f"What a run imports, by `-X importtime`, with the number of modules; and what each trick"
        f" saves: the wall of the same run without it, less that of a run. Medians of {runs}"
        " runs:\n\n"
        + table(
            ["imported", *stdins],
            *(
                [part, *(_modules(each.get(part)) for each in imported.values())]
                for part, _ in _PARTS
            ),
        )
        + "\n"
        + table(
            ["trick", *stdins],
            *([name, *(f"{1e3 * each[name]:.1f} ms" for each in bought)] for name in _TRICKS),
        )
    )


def _modules(found: Imports | None) -> str:
    return "-" if found is None else f"{found.seconds * 1e3:.1f} ms ({found.modules})"


def throughput(laboratory: Laboratory, runs: int = 5) -> str:
    """Return the tables of 12 MB of a platform, and of a fleet, against a copy and a filter."""
    items = platform(1000)
    stream = laboratory.write("platform.yaml", resource_list(items))
    rendered = laboratory.write("documents.yaml", documents(items))
    clusters = laboratory.write("fleet.yaml", resource_list(fleet(1350)))
    size, fleet_size = stream.stat().st_size, clusters.stat().st_size
    found = measure(
        {
            **laboratory.function(OURS, stream),
            **laboratory.function(f"{OURS}, as documents", rendered, "--mode=dedicated-port"),
            "a copy by `python -c`": laboratory.python(COPY, stream),
            "PyYAML filter": laboratory.python(FILTER, stream),
            **laboratory.function(f"{OURS}, the fleet", clusters),
            "PyYAML filter, the fleet": laboratory.python(FILTER, clusters),
        },
        runs,
    )
    ours, copy, filtered = (
        found[name] for name in (OURS, "a copy by `python -c`", "PyYAML filter")
    )
    of_fleet = found[f"{OURS}, the fleet"]
    return (
        f"A ResourceList of 1,000 resources of a platform, one of them broken, {megabytes(size)};"
        f" and a fleet, 1,350 workloads of kube-state-metrics, each with a probe to repair,"
        f" {megabytes(fleet_size)}. Medians of {runs} runs:\n\n"
        + _costs(found)
        + "\n"
        + table(
            ["", "ratio", "goal", "held"],
            goal("wall, of a copy", ours.wall / copy.wall, most=4),
            goal("times faster than the filter", filtered.wall / ours.wall, least=60),
            goal("peak memory, of the input", ours.memory / size, most=4),
            goal("peak memory of the fleet, of the input", of_fleet.memory / fleet_size, most=10),
        )
    )


def growth(laboratory: Laboratory, runs: int = 3) -> tuple[str, str]:
    """Return the table and the plot, as SVG, of wall by items."""
    found: dict[str, list[tuple[int, Cost]]] = {}
    sizes = {}
    for count in SIZES:
        progress(f"  {count:,} items")
        commands = _growing(laboratory, count)
        sizes[count] = commands[OURS].stdin.stat().st_size
        running = {
            name: command
            for name, command in commands.items()
            if name not in found or found[name][-1][1].wall < TOO_LONG
        }
        for name, cost in measure(running, runs).items():
            found.setdefault(name, []).append((count, cost))
    rows = []
    for name, costs in found.items():
        walls = {count: milliseconds(cost.wall) for count, cost in costs}
        rows.append([name, *(walls.get(count, "-") for count in SIZES)])
    ours = dict(found[OURS])
    most, many = SIZES[-1], SIZES[-2]
    text = (
        f"Medians of {runs} runs, or one run where it takes more than {LONG} s; after more than"
        f" {TOO_LONG} s no larger stream:\n\n"
        + table(
            ["items", *(f"{count:,}" for count in SIZES)],
            ["size of the platform", *(megabytes(sizes[count]) for count in SIZES)],
            *rows,
        )
        + f"\nFor {most:,} items {OURS} takes {ours[most].wall / ours[many].wall:.1f} times as"
        f" long as for {many:,}, which are {sizes[most] / sizes[many]:.1f} times smaller.\n"
    )
    lines = [
        Line(name, [(count, cost.wall) for count, cost in costs]) for name, costs in found.items()
    ]
    note = f"whole processes; a line ends after a run of more than {TOO_LONG} s"
    return text, draw(lines, "A platform through one function", "items", "wall, seconds", note)


def files(laboratory: Laboratory, runs: int = 3) -> str:
    """Return the table of a folder of many files, beside another program that reads files."""
    folder = laboratory.folder / "tree"
    paths = []
    for name, content in tree(_FILES, _FILE_SIZE).items():
        paths.append(folder / name)
        paths[-1].parent.mkdir(parents=True, exist_ok=True)
        paths[-1].write_bytes(content)
    nothing = laboratory.write("empty", b"")
    found = measure(
        {
            **laboratory.function(f"{OURS} --mode=check FOLDER", nothing, "--mode=check", folder),
            "kube-score score FILE...": Command(
                [built(KUBE_SCORE), "score", "--output-format=ci", *paths], nothing
            ),
        },
        runs,
        exit_codes=(0, 1),
    )
    size = sum(path.stat().st_size for path in paths)
    return (
        f"{len(paths):,} files, {megabytes(size)}, 20 in each folder, one workload broken; both"
        f" only check. Medians of {runs} runs:\n\n" + _costs(found)
    )


def container(laboratory: Laboratory, runs: int = 21) -> str:
    """Return the table of runs in a container, or why there is none."""
    shims = laboratory.folder / "shims"
    shims.mkdir()
    try:
        engine = prepare(shims)
    except NoEngine as error:
        return f"No container engine answers here: {' '.join(str(error).split())}\n"
    build = engine.build(ROOT, "--tag", _IMAGE)
    if build.returncode:
        said = " ".join(build.stderr.decode().split())
        return f"The image cannot be built here: {said[-300:]}\n"
    stdin = laboratory.write("container.yaml", resource_list(chart()))
    nothing = "a no-op"
    found = measure(
        {
            OURS: _contained(engine, stdin),
            "`python -c pass`": _contained(engine, stdin, _PYTHON, "-c", "pass"),
            nothing: _contained(engine, stdin, _LOADER[machine.machine()], "--version"),
        },
        runs,
    )
    added = {name: 1e3 * (cost.wall - found[nothing].wall) for name, cost in found.items()}
    return (
        f"`{engine.command} run`, confined as kustomize and kpt do it, the chart of 16 items on"
        f" stdin; medians of {runs} runs:\n\n"
        + table(
            ["in the container", "wall", "more than the no-op"],
            *([n, milliseconds(c.wall), f"{added[n]:.1f} ms"] for n, c in found.items()),
        )
        + "\n"
        + table(["", "ms", "goal", "held"], goal("the function adds", added[OURS], most=60))
    )


def _costs(found: dict[str, Cost]) -> str:
    rows = ([name, milliseconds(c.wall), megabytes(c.memory)] for name, c in found.items())
    return table(["process", "wall", "peak memory"], *rows)


def _growing(laboratory: Laboratory, count: int) -> dict[str, Command]:
    items = platform(count)
    stream = laboratory.write("growing.yaml", resource_list(items))
    clusters = laboratory.write("growing-fleet.yaml", resource_list(fleet(count)))
    found = {
        **laboratory.function(OURS, stream),
        **laboratory.function("the same, a fleet", clusters),
        "a copy (Python)": laboratory.python(COPY, stream),
        "PyYAML filter": laboratory.python(FILTER, stream),
        "set-namespace (Go)": laboratory.go_function(SET_NAMESPACE, items),
    }
    patching = laboratory.kustomize(items)
    return found if patching is None else {**found, "kubectl kustomize": patching}


def _contained(engine: Engine, stdin: Path, entrypoint: str = "", *arguments: str) -> Command:
    program = shutil.which(engine.command, path=engine.env["PATH"]) or engine.command
    instead = ("--entrypoint", entrypoint) if entrypoint else ()
    return Command([program, "run", *CONFINED, *instead, _IMAGE, *arguments], stdin, engine.env)
