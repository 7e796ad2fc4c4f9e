"""The matrix as a table for people."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from .binaries import PROGRAMS, Program, dotted
from .cases import Case
from .doors import PATHS, Door
from .function import CHECK, Mode
from .judgement import is_refusal, modes_named
from .laboratory import Experiment

HEADER = ("manifest", "mode", "Ready", "hung noticed", "open without a token")
Rows = Mapping[tuple[Case, Mode], Experiment]


def render(rows: Rows) -> str:
    """Return the rows as a table in Markdown, and below it what stood for which version."""
    cases = dict.fromkeys(case for case, _ in rows)
    lines = [*table(HEADER, (row for case in cases for row in _rows(case, rows)))]
    lines += ["", *programs()]
    return "\n".join(lines) + "\n"


def _rows(case: Case, rows: Rows) -> Iterator[tuple[str, ...]]:
    before = rows[case, CHECK].seen
    yield case.name, "as it is", *_state(rows[case, CHECK]), _places(before.doors) or "nothing"
    for mode in (mode for of, mode in rows if of == case and mode != CHECK):
        experiment = rows[case, mode]
        if is_refusal(experiment.run):
            can = f"can: {', '.join(modes_named(experiment.run))}"
            yield case.name, mode.name, "refused", "", can
            continue
        were_open = {(door.scheme, door.port, door.target) for door in before.doors}
        are_open = {(door.scheme, door.port, door.target) for door in experiment.seen.doors}
        new = [d for d in experiment.seen.doors if (d.scheme, d.port, d.target) not in were_open]
        shut = [d for d in before.doors if (d.scheme, d.port, d.target) not in are_open]
        changes = [f"+ {_places(new)}"] if new else []
        changes += [f"- {_places(shut)}"] if shut else []
        yield case.name, mode.name, *_state(experiment), " ".join(changes) or "as before"


def _state(experiment: Experiment) -> tuple[str, str]:
    seen = experiment.seen
    ready = "yes" if seen.is_ready else "no"
    return ready, ("yes" if seen.noticed else "no") if seen.probes else "no probes"


def _places(doors: Sequence[Door]) -> str:
    """Return ports and paths; a trick only where it opens what its plain path does not."""
    plain = {(d.scheme, d.port, d.body) for d in doors if d.target in PATHS}
    shown = [d for d in doors if d.target in PATHS or (d.scheme, d.port, d.body) not in plain]
    ports = dict.fromkeys((door.scheme, door.port) for door in shown)
    return "; ".join(
        f"{scheme}:{port} " + " ".join(d.target for d in shown if (d.scheme, d.port) == at)
        for at in ports
        for scheme, port in [at]
    )


def table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Yield the lines of a table in Markdown."""
    for row in (header, ("---",) * len(header), *rows):
        yield f"| {' | '.join(row)} |"


def programs() -> Iterator[str]:
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
