"""The matrix as tables for people."""

import re
from collections.abc import Iterable, Iterator, Mapping

from tests.e2e.binaries import PROGRAMS, Program, dotted
from tests.e2e.cases import Case
from tests.e2e.function import CHECK, Mode

from .judgement import let_through
from .matrix import Experiment, Pair
from .observation import Seen
from .programs import KUBERNETES

_HEADER = ("manifest", "mode", "Ready", "restarted", "hung noticed", "open without a token")
_TIMES = ("manifest", "mode", "Ready after", "restarts", "hung kube-state-metrics")
_EVENTS = ("reason", "manifest", "event")


def render(experiments: Mapping[Pair, Experiment]) -> str:
    """Return what was seen as two tables in Markdown: what happened, and after how long."""
    lines = [
        f"What the kubelet {KUBERNETES} of a real cluster did; `make cluster` writes this.",
        "",
        *in_markdown(
            _HEADER, (_row(*each, _before(each[0], experiments)) for each in experiments.items())
        ),
        "",
        "After how long, on the machine that ran it last; a busy one restarts a sound pod once:",
        "",
        *in_markdown(_TIMES, (_times(*each) for each in experiments.items() if each[1].seen)),
        "",
        "What the kubelet wrote of the probes that fail, the pod's address as ADDRESS:",
        "",
        *in_markdown(_EVENTS, _events(experiments)),
        "",
        *_programs(),
    ]
    return "\n".join(lines) + "\n"


def _named(pair: tuple[Case, Mode]) -> tuple[str, str]:
    case, mode = pair
    return case.name, "as it is" if mode == CHECK else mode.name


def _before(pair: Pair, experiments: Mapping[Pair, Experiment]) -> Seen | None:
    """Return what was seen of the manifest that was repaired, None where none was."""
    return None if pair[1] == CHECK else experiments[pair[0], CHECK].seen


def _row(pair: Pair, experiment: Experiment, before: Seen | None) -> tuple[str, ...]:
    if experiment.text is None:
        return *_named(pair), "refused", "", "", ""
    expected, seen = experiment.expected, experiment.seen
    if expected is None or seen is None:
        return *_named(pair), "nothing to repair", "", "", ""
    ready = "no" if seen.ready_after is None else "yes"
    if seen.stuck:
        ready += ", once the old pod is deleted"
    noticed = {None: "", "": "no"}.get(seen.noticed, "yes")
    return (
        *_named(pair),
        ready,
        ", ".join(sorted(expected.restarted & set(seen.restarts))) or "nothing",
        noticed,
        _open(seen, before),
    )


def _events(experiments: Mapping[Pair, Experiment]) -> Iterator[tuple[str, ...]]:
    """Yield each wording of an event for each reason once, with a manifest that showed it."""
    shown: set[tuple[str, str]] = set()
    for (case, mode), experiment in experiments.items():
        for reason, event in lasting_events(experiment) if mode == CHECK else ():
            key = reason, re.sub(r"\d+", "0", event)
            if key not in shown:
                shown.add(key)
                yield reason, case.name, event


def lasting_events(experiment: Experiment) -> Iterator[tuple[str, str]]:
    """Yield the reason of each probe that fails, and what the kubelet wrote of it most often.

    In its first seconds a pod has other events, too: nobody listens yet.
    """
    expected, seen = experiment.expected, experiment.seen
    if expected is None or seen is None:
        return
    for (container, probe), reason in sorted(expected.asked.items()):
        of_probe = [event for event in seen.events if event.is_of(container, probe)]
        if of_probe:
            event = max(of_probe, key=lambda each: each.times)
            yield reason, event.message.replace("\n", " ").strip()


def _open(seen: Seen, before: Seen | None) -> str:
    """Return what answers without a token; of a repaired manifest, what is so since the repair."""
    now = let_through(seen.answers)
    if before is None:
        return _places(now) or "nothing"
    then = let_through(before.answers)
    changes = [f"+ {_places(now - then)}"] if now - then else []
    changes += [f"- {_places(then - now)}"] if then - now else []
    return " ".join(changes) or "as before"


def _places(found: Iterable[tuple[str, int, str]]) -> str:
    paths: dict[tuple[str, int], list[str]] = {}
    for scheme, port, path in sorted(found):
        paths.setdefault((scheme, port), []).append(path)
    return "; ".join(f"{scheme}:{port} {' '.join(each)}" for (scheme, port), each in paths.items())


def _times(pair: Pair, experiment: Experiment) -> tuple[str, ...]:
    seen = experiment.seen
    assert seen is not None
    after = "never" if seen.ready_after is None else f"{seen.ready_after:.0f} s"
    noticed = {None: "", "": "unnoticed"}.get(seen.noticed, seen.noticed or "")
    return *_named(pair), after, str(sum(seen.restarts.values())), noticed


def in_markdown(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Yield the lines of a table in Markdown."""
    for row in (header, ("---",) * len(header), *rows):
        yield f"| {' | '.join(row)} |"


def _programs() -> Iterator[str]:
    """Yield the lines that name which versions of the programs were run, and for which others."""
    yield "Programs that were run, and the versions that each stood for:"
    yield ""
    for program in PROGRAMS:
        yield f"- {program.name}: {_stood_for(program)}"


def _stood_for(program: Program) -> str:
    starts = [dotted(since) for since, _ in program.built[1:]]
    ranges = [f"before {starts[0]}", *(f"from {start}" for start in starts)]
    runs = (dotted(run) for _, run in program.built)
    return "; ".join(f"{run} for those {named}" for run, named in zip(runs, ranges, strict=True))
