"""Files and folders: which of them hold manifests, the findings in each, and how to replace one.

Each file is a stream of its own: it is repaired or refused, and written, by itself. But a Service
or a NetworkPolicy of a workload may be in another file of the same call, so each stream sees the
items of the others, and a repair that changes one of those changes its file. If several files have
the same object, as with a folder for each environment, a stream sees its own copy, or else that of
the nearest folder.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from fix_ksm_probes.fixes.repair import repair
from fix_ksm_probes.manifests.index import Index
from fix_ksm_probes.manifests.other_files import describe, is_manifest
from fix_ksm_probes.manifests.prefilter import may_name
from fix_ksm_probes.manifests.reading import NO_INPUT, Input, read
from fix_ksm_probes.manifests.stream import Item, NoManifests
from fix_ksm_probes.pipeline import (
    check_edits,
    dependency_words,
    leaves_unnoticed,
    settle_for,
    wanted_beside,
)
from fix_ksm_probes.programs import exporter_names
from fix_ksm_probes.report import report
from fix_ksm_probes.report.outcome import Outcome
from fix_ksm_probes.report.outputs import (
    BAD_INPUT,
    COMPONENT,
    DIFF,
    DRAWINGS,
    TABLE,
    WRONG,
    Files,
    Output,
    OutputOptions,
    counted,
    error_line,
    write_files,
)
from fix_ksm_probes.report.outputs.blocks import blocks, summary, wrapped
from fix_ksm_probes.report.outputs.location import placed
from fix_ksm_probes.settings.fields import CHECK, FIELDS, MODES, Settings
from fix_ksm_probes.settings.function_config import refuse_silence
from fix_ksm_probes.settings.kinds import Choices
from fix_ksm_probes.yamlpatch import BadInput, NamedTuple, Operation, encode, parse

STDIN = "-"
# Up to this number of characters, files are read once, which is enough for most calls; then twice.
_KEPT = 1_000_000
# In more files, looking for monitors takes too long for one word about the cost of a repair.
_MOST_FOR_MONITORS = 100
_PAGES = ("explain", "help", "rule", "schema", "version")
_SUFFIXES = (".yaml", ".yml", ".json")


class Call(NamedTuple):
    """A call with paths: the settings and how they were typed, and how the outcome is written.

    `write` replaces files; `stdin` returns the bytes for `-`, and `progress` takes how many files
    of how many are read.
    """

    paths: tuple[str, ...]
    flags: dict[str, object]
    typed: dict[str, str]
    options: OutputOptions
    write: bool
    stdin: Callable[[], bytes]
    progress: Callable[[int, int], None]


class _Reading(NamedTuple):
    """What was read: streams that may hold a workload, by path, and other manifests.

    `skipped` is the number of files that are no manifests, and `sources` describes those that name
    kube-state-metrics, the first of each kind. `kustomizations` are those with variables.
    """

    streams: tuple[tuple[str, Input], ...]
    others: tuple[str, ...]
    skipped: int
    sources: tuple[str, ...]
    errors: tuple[str, ...]
    kustomizations: tuple[str, ...] = ()


def run_files(call: Call) -> Output:
    """Return the output for the files of a call, and replace those that change if it says so.

    The exit code is 2 if a path, a setting or the content of a file is not accepted, or a file
    cannot be written. It is 1 if something is wrong and stays wrong, or would change. Raises
    BadInput for a setting.
    """
    settings = settle_for(None, call.flags, call.typed)
    if call.write and settings.mode == CHECK:
        raise BadInput("--write: accepted only with a mode that repairs; check changes nothing")
    if call.write and STDIN in call.paths:
        raise BadInput(
            "--write: stdin cannot be replaced; the repair of stdin goes to stdout without --write"
        )
    reading = _read(call)
    outcomes, errors = _judge(reading, settings, call)
    is_empty = not errors and not any(each.workloads or each.results for _, each in outcomes)
    if is_empty:
        from fix_ksm_probes.report.results import no_workload

        items = (item for _, found in reading.streams for item in found.stream.items)
        nothing = no_workload(_files(reading), items, settings, reading.sources)
        outcomes = (*outcomes, ("", Outcome(NO_INPUT, settings, results=(nothing,))))
    changed = {path: each for path, each in outcomes if each.edits}
    failed = _write(changed) if call.write else {}
    errors += [f"{path}: {each.message}" for path, each in failed.items()]
    if left := frozenset(path for path, each in failed.items() if not each.is_replaced):
        from fix_ksm_probes.report.results import unwritten

        outcomes = tuple((path, unwritten(each, path, left)) for path, each in outcomes)
    still_wrong = any(each.failed for _, each in outcomes) or (changed and not call.write)
    lines = [*map(error_line, errors), *blocks(outcomes, call.options)]
    # The finding that nothing was judged counts the files itself.
    if not (call.options.quiet or is_empty) and (reading.streams or reading.others):
        number = len(changed) - len(failed)
        counts = _summary(reading, outcomes, number, call, settings)
        lines += wrapped(f"fix-ksm-probes: {counts}", "", "  ", call.options.width)
    code = BAD_INPUT if errors else WRONG if still_wrong else 0
    # A result of no file is shown at the first PATH.
    path = call.options.path if STDIN in call.paths else call.paths[0]
    pieces = write_files(outcomes, call.options._replace(path=path))
    return Output(pieces, tuple(lines), code)


def _summary(
    reading: _Reading, outcomes: Files, changed: int, call: Call, settings: Settings
) -> str:
    is_proposal = not call.write and settings.mode != CHECK
    parts = [_files(reading), summary(outcomes, is_proposal=is_proposal)]
    if settings.mode != CHECK:
        files = counted(changed, "file")
        parts.append(f"{files} would change with --write" if is_proposal else f"{files} changed")
    return "; ".join(parts)


def _files(reading: _Reading) -> str:
    number = len(reading.streams) + len(reading.others)
    return f"{counted(number, 'file')} with manifests, {reading.skipped} skipped"


def _read(call: Call) -> _Reading:
    streams: list[tuple[str, Input]] = []
    others: list[str] = []
    errors: list[str] = []
    kustomizations: list[str] = []
    sources: dict[str, str] = {}
    skipped = kept = 0
    found = list(_find(call.paths))
    for number, (path, is_named) in enumerate(found, 1):
        call.progress(number, len(found))
        shown = call.options.path if path == STDIN else path
        try:
            raw = call.stdin() if path == STDIN else _bytes_of(path)
        except OSError as error:
            errors.append(f"{shown or repr(shown)}: {error.strerror}{_meant(path, call.typed)}")
            continue
        other = "" if path == STDIN else describe(path, raw)
        if other and is_named:
            errors.append(f"{shown}: looks like {other}")
        elif other or not (is_named or is_manifest(raw)):
            skipped += 1
            kustomizations += (path,) if other and b"\nvars:" in raw else ()
            if other and may_name(raw, exporter_names()):
                sources.setdefault(other, f"{shown} looks like {other}")
        elif not is_named and not may_name(raw, exporter_names()):
            others.append(path)
        else:
            try:
                stream = read(raw, None)
                # Nodes take ten times the memory of the text, and are made again when they are
                # needed.
                streams.append((shown, stream if kept < _KEPT else stream._replace(documents=())))
                kept += len(stream.source.text)
            except NoManifests as error:
                if is_named:
                    errors.append(f"{shown}: {error}")
                else:
                    skipped += 1
            except BadInput as error:
                errors.append(f"{shown}: {error}")
    return _Reading(
        tuple(streams),
        tuple(others),
        skipped,
        tuple(sources.values()),
        tuple(errors),
        tuple(kustomizations),
    )


def _meant(path: str, typed: dict[str, str]) -> str:
    """Return the flag whose value a missing file may be; `typed` has the flags of the call."""
    # Other tools have subcommands, such as `check` and `help`.
    flag = f"--mode={path}" if path in MODES else f"--{path}" if path in _PAGES else ""
    if flag:
        return f" (did you mean {flag}?)"
    for field in FIELDS:
        if isinstance(field, Choices) and field.name in typed and path.strip(",") in field.choices:
            return f"; a list has commas and no spaces, as in {typed[field.name]}=A,B"
    return ""


def _find(paths: tuple[str, ...]) -> Iterator[tuple[str, bool]]:
    """Yield the files of a call, each once and in order, and whether it is a PATH itself."""
    seen = set()
    for named in paths:
        is_folder = named != STDIN and os.path.isdir(named)  # noqa: PTH112 (see cli)
        for path in _walk(named) if is_folder else [named]:
            # A link in a folder and its target are one file.
            resolve = os.path.realpath if os.path.islink(path) else os.path.abspath  # noqa: PTH114 (see cli)
            place = resolve(path)
            if place not in seen:
                seen.add(place)
                yield path, not is_folder


def _walk(folder: str) -> Iterator[str]:
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        for name in sorted(files):
            if name.endswith(_SUFFIXES) and not name.startswith("."):
                path = os.path.normpath(os.path.join(parent, name))  # noqa: PTH118 (see cli)
                # A named pipe would keep the run waiting; a broken link is an error later.
                if os.path.isfile(path) or not os.path.exists(path):  # noqa: PTH110, PTH113 (see cli)
                    yield path


def _bytes_of(path: str) -> bytes:
    with open(path, "rb") as file:  # noqa: PTH123 (pathlib costs more than the run)
        return file.read()


def _judge(reading: _Reading, settings: Settings, call: Call) -> tuple[Files, list[str]]:
    outcomes, errors = _judge_beside(_others(reading, settings, ()), reading, settings, call)
    may_ask = not settings.looks_at_scrapes and len(reading.others) <= _MOST_FOR_MONITORS
    if may_ask and any(leaves_unnoticed(each) for _, each in outcomes):
        from fix_ksm_probes.manifests.related import WATCHING

        others = _others(reading, settings, WATCHING)
        if others:
            return _judge_beside(others, reading, settings, call, tells_who_scrapes=True)
    return outcomes, errors


def _judge_beside(
    others: dict[str, Input],
    reading: _Reading,
    settings: Settings,
    call: Call,
    *,
    tells_who_scrapes: bool = False,
) -> tuple[Files, list[str]]:
    errors = list(reading.errors)
    streams = dict(reading.streams)
    all_streams = {**streams, **others}
    related = Index.of_files(
        [item for path, found in all_streams.items() for item in _as_elsewhere(path, found)]
    )
    outcomes: dict[str, Outcome] = {}
    # If no file changes another one, each is finished at once, and its data dropped.
    configs = any(each.stream.function_config for each in streams.values())
    is_final = not (settings.changes_beside or configs)
    # The changes of a repair in other files than that of its workload.
    changes: dict[str, list[Operation]] = {}
    for path, found in streams.items():
        try:
            own = settle_for(found.stream.function_config, call.flags, call.typed)
            refuse_silence(own, found.stream)
            tells = tells_who_scrapes or own.looks_at_scrapes or not reading.others
            seen = found._replace(related=related.seen_from(path), tells_who_scrapes=tells)
            outcome = report(seen, repair(seen, own), own, is_proposal=not call.write)
        except BadInput as error:
            errors.append(f"{path}: {error}")
            continue
        outcomes[path] = _finished(outcome, call.options) if is_final else outcome
        for operation in outcome.patch:
            other = str(operation.path[0])
            change = operation._replace(path=operation.path[1:])
            if other in all_streams and change not in changes.setdefault(other, []):
                changes[other].append(change)
    if is_final:
        return tuple(outcomes.items()), errors
    for path in (*outcomes, *(each for each in changes if each not in outcomes)):
        outcome = outcomes.get(path) or Outcome(all_streams[path], settings)
        patch = (each for each in outcome.patch if str(each.path[0]) not in all_streams)
        patched = outcome._replace(patch=(*patch, *changes.get(path, ())))
        outcomes[path] = _finished(patched, call.options)
    return tuple(outcomes.items()), errors


def _finished(outcome: Outcome, options: OutputOptions) -> Outcome:
    """Return an outcome with its edits and the spans of its results, without other data."""
    if not (outcome.patch or any(each.results for each in outcome.workloads)):
        return outcome
    found = outcome.read
    whole = found._replace(documents=found.documents or parse(found.source.text))
    done = placed(check_edits(outcome._replace(read=whole), options._replace(output=DIFF)))
    if options.output not in (TABLE, COMPONENT, *DRAWINGS):
        known: dict[object, object] = {}
        done = done._replace(workloads=tuple(each.without_data(known) for each in done.workloads))
    return done._replace(read=found._replace(documents=()))


def _others(reading: _Reading, settings: Settings, words: tuple[str, ...]) -> dict[str, Input]:
    """Return the files without workloads whose items may matter.

    Such a file has a word that the settings ask for, or one of `words`.
    """
    if not reading.streams:
        return {}
    names = tuple(name for _, each in reading.streams for name in dependency_words(each, settings))
    wanted = wanted_beside(settings, (*names, *words)).kinds
    if not wanted:
        return {}
    found = {}
    for path in (*reading.kustomizations, *reading.others):
        raw = _bytes_of(path)
        if path in reading.kustomizations or may_name(raw, wanted):
            try:
                found[path] = read(raw, None)._replace(documents=())
            except BadInput:
                # It does not name kube-state-metrics, so its errors do not matter here.
                continue
    return found


def _as_elsewhere(path: str, found: Input) -> tuple[Item, ...]:
    return tuple(Item((path, *each.pointer), each.resource) for each in found.stream.items)


class _Failure(NamedTuple):
    """Why a file is not safely written, and whether it is replaced nevertheless."""

    message: str
    is_replaced: bool


def _write(changed: dict[str, Outcome]) -> dict[str, _Failure]:
    """Replace files by their repaired contents; return what failed, by path."""
    failed = {path: _replace(path, outcome) for path, outcome in changed.items()}
    return {path: failure for path, failure in failed.items() if failure}


def _replace(path: str, outcome: Outcome) -> _Failure | None:
    """Replace a file by its repaired content, whole or not at all; return why not."""
    # A link stays a link: its target is replaced.
    target = os.path.realpath(path)
    folder, name = os.path.split(target)
    new = os.path.join(folder, f".{name}.{os.getpid()}.new")  # noqa: PTH118 (see cli)
    try:
        status = os.stat(target)  # noqa: PTH116 (see cli)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with open(descriptor, "wb") as file:  # noqa: PTH123 (see cli)
                file.writelines(encode(outcome.read.source, outcome.edits))
                file.flush()
                os.fchmod(descriptor, status.st_mode & 0o7777)
                os.fsync(descriptor)
            os.replace(new, target)  # noqa: PTH105 (see cli)
        except OSError:
            os.unlink(new)  # noqa: PTH108 (see cli)
            raise
    except OSError as error:
        message = f"cannot be written: {error.strerror}; the file is unchanged"
        return _Failure(message, is_replaced=False)
    return _sync(folder)


def _sync(folder: str) -> _Failure | None:
    """Write the names in `folder` to the disk; return why that failed."""
    # Otherwise a crash of the machine may bring the old file back.
    try:
        descriptor = os.open(folder or ".", os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        message = f"is repaired, but its folder is not on the disk yet: {error.strerror}"
        return _Failure(message, is_replaced=True)
    return None
