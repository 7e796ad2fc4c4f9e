"""What it costs to carry a platform along: 12 MB, of which one workload concerns us."""

from __future__ import annotations

from pathlib import Path

from benchmarks import resources
from benchmarks.laboratory import MEGABYTE, Laboratory, progress
from benchmarks.manifests import documents, resource_list
from benchmarks.measure import Cost, measure
from benchmarks.references import COPY, FILTER
from benchmarks.report import held, megabytes, milliseconds, table
from benchmarks.streams import Make, platform, uniform
from benchmarks.workload import SOUND

_ITEMS = 1000
_SIZE = 12 * MEGABYTE
_RUNS = 9
_MOST_OF_A_COPY = 4
_LEAST_OF_A_FILTER = 60
_MOST_MEMORY = 4


def throughput(laboratory: Laboratory) -> str:
    """Return the tables of two streams against the references, measured now."""
    return "\n".join(
        _against_references(laboratory, what, stream)
        for what, stream in (
            ("Deployments", laboratory.stream("workloads", uniform(resources.long_env, _SIZE))),
            ("resources of a platform", laboratory.stream("platform", platform(_ITEMS))),
        )
    )


def _against_references(laboratory: Laboratory, what: str, stream: Path) -> str:
    progress(f"  {what}")
    size = stream.stat().st_size
    items = stream.read_bytes().count(b"\n- ")
    ours, copy, filtered = "fix-ksm-probes", "`python -c`, stdin to stdout", "PyYAML filter"
    found = measure(
        {
            ours: laboratory.function(stream),
            copy: laboratory.python(COPY, stream),
            filtered: laboratory.python(FILTER, stream),
        },
        _RUNS,
    )
    of_copy = found[ours].wall / found[copy].wall
    of_filter = found[filtered].wall / found[ours].wall
    memory = found[ours].memory / size
    return (
        f"A ResourceList of {items:,} {what}, one of them broken, {megabytes(size)};"
        f" medians of {_RUNS} runs:\n\n"
        + table(
            ["process", "wall", "peak memory"],
            *([name, milliseconds(c.wall), megabytes(c.memory)] for name, c in found.items()),
        )
        + "\n"
        + table(
            ["", "ratio", "goal", "held"],
            [
                "wall, of that of the copy",
                *held(of_copy, f"at most {_MOST_OF_A_COPY}", holds=of_copy <= _MOST_OF_A_COPY),
            ],
            [
                "times faster than the filter",
                *held(
                    of_filter,
                    f"at least {_LEAST_OF_A_FILTER}",
                    holds=of_filter >= _LEAST_OF_A_FILTER,
                ),
            ],
            [
                "peak memory, of the input's size",
                *held(memory, f"at most {_MOST_MEMORY}", holds=memory <= _MOST_MEMORY),
            ],
        )
    )


def kinds(laboratory: Laboratory) -> str:
    """Return the table of streams of one kind or form each, measured now."""
    rows = []
    for name, (stream, *flags) in _streams(laboratory).items():
        progress(f"  {name}")
        size = stream.stat().st_size
        found = measure(
            {
                "ours": laboratory.function(stream, *flags),
                "copy": laboratory.python(COPY, stream),
            },
            _RUNS,
        )
        rows.append([name, *_row(found["ours"], found["copy"], size)])
        stream.unlink()
    return (
        f"Streams of one kind or form each, one broken workload in the middle of them;"
        f" medians of {_RUNS} runs:\n\n"
        + table(["stream", "size", "wall", "of a copy", "peak memory of the size"], *rows)
    )


def _row(ours: Cost, copy: Cost, size: int) -> list[str]:
    ratio = f"{ours.wall / copy.wall:.2f}"
    return [megabytes(size), milliseconds(ours.wall), ratio, f"{ours.memory / size:.2f}"]


def _streams(laboratory: Laboratory) -> dict[str, tuple[Path, *tuple[str, ...]]]:
    made: dict[str, Make] = {
        "plain values": resources.plain_values,
        "double-quoted values": resources.quoted_values,
        "dashboards": resources.dashboard,
        "scripts": resources.script,
        "CustomResourceDefinitions": resources.definition,
        "Deployments with 220 variables": resources.long_env,
        "PrometheusRules": resources.rules,
        "Secrets": resources.secret,
        "NetworkPolicies in flow style": resources.network_policy,
        "operators, each with a kube-rbac-proxy": resources.operator,
        "kube-state-metrics in every item": lambda *_: SOUND,
    }
    found: dict[str, tuple[Path, *tuple[str, ...]]] = {
        name: (laboratory.stream(f"kind-{index}", uniform(make, _SIZE)),)
        for index, (name, make) in enumerate(made.items())
    }
    items = platform(_ITEMS)
    found["the platform, items further in"] = (
        laboratory.write("wide.yaml", resource_list(items, indent=2)),
    )
    found["the platform as Helm's documents"] = (
        laboratory.write("documents.yaml", documents(items)),
        "--mode=dedicated-port",
    )
    return found
