"""Hold what the function says and does against what was seen."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from .cases import Case
from .doors import Door
from .function import CHECK, FunctionRun, Mode
from .manifest import read_pods
from .observation import Observation, TokenAnswer

# What a health path may say; anything else behind a new door is a leak.
_HARMLESS = ("health", "landing")
# What a door beside the proxy tells whoever asks.
_TELLING = ("main-metrics", "telemetry-metrics", "pprof")
_CONFESSION = "no longer notices a hung"
_MODE_NAMES = ("probe-disable", "dedicated-port", "through-proxy")


def wrong_verdicts(case: Case, check: FunctionRun, seen: Observation) -> tuple[str, ...]:
    """Return every way in which the verdicts of `check` differ from what was seen."""
    return tuple(_wrong_verdicts(case, check, seen))


def _wrong_verdicts(case: Case, check: FunctionRun, seen: Observation) -> Iterator[str]:
    said = {(r.container, r.probe): r for r in check.results if r.probe}
    failing = 0
    for probe in seen.probes:
        result = said.pop((probe.container, probe.probe), None)
        verdict = "passes" if result is None or result.severity == "info" else "fails"
        if result is not None and result.reason == "Unknown":
            verdict = "unknown"
        really = "passes" if probe.outcome.passes else "fails"
        failing += really == "fails"
        if verdict != really:
            said_so = result.message if result else "nothing"
            yield (
                f"{probe.container} {probe.probe}: {verdict} is said, but it {really}: "
                f"{probe.outcome.target} {probe.outcome.why} (said: {said_so})"
            )
    yield from (f"{container} {probe}: there is no such probe" for container, probe in said)
    bypassed = any(result.reason == "Bypass" for result in check.results)
    if check.exit_code != int(failing > 0 or bypassed):
        yield f"mode {CHECK.name} ended with exit code {check.exit_code}"
    if case.reason and case.reason not in {result.reason for result in check.results}:
        yield f"no result gives the reason {case.reason}"


def is_refusal(run: FunctionRun) -> bool:
    """Tell whether the function found that the mode cannot repair the manifest."""
    return run.exit_code == 1


def modes_named(run: FunctionRun) -> tuple[str, ...]:
    """Return the modes that the errors of `run` name as a way out."""
    errors = " ".join(result.message for result in run.results if result.severity == "error")
    return tuple(name for name in _MODE_NAMES if name in errors.replace(f"{name} cannot", ""))


def faults(
    case: Case, mode: Mode, run: FunctionRun, before: Observation, after: Observation
) -> tuple[str, ...]:
    """Return everything that is wrong with a repair, given what was seen before and after it."""
    if is_refusal(run):
        return tuple(_refusal_faults(case, run))
    return tuple(_repair_faults(mode, run, before, after))


def _refusal_faults(case: Case, run: FunctionRun) -> Iterator[str]:
    if not modes_named(run):
        yield "the function refuses and names no mode that can: " + "; ".join(
            result.message for result in run.results if result.severity == "error"
        )
    if read_pods(run.text) != read_pods(case.text):
        yield "the function refuses, and yet it changed something"


def _repair_faults(
    mode: Mode, run: FunctionRun, before: Observation, after: Observation
) -> Iterator[str]:
    for container in after.containers:
        if container.restarts:
            yield f"{container.name} ended {container.restarts} times: {container.last_words}"
    if not after.is_ready:
        failing = [seen for seen in after.probes if not seen.outcome.passes]
        yield "not Ready: " + "; ".join(
            f"{seen.container} {seen.probe} {seen.outcome.target} {seen.outcome.why}"
            for seen in failing
        )
    if not after.noticed:
        yield from _blindness(mode, run, before, after)
    if mode.closes_bypasses:
        yield from (f"open still: {door}" for door in after.doors if door.body in _TELLING)
    yield from (f"open now: {door}" for door in _leaks(before, after, _asked(after)))
    yield from _token_faults(before, after)


def _blindness(
    mode: Mode, run: FunctionRun, before: Observation, after: Observation
) -> Iterator[str]:
    """Yield what is wrong about a hung kube-state-metrics that nobody notices."""
    if not mode.is_blind:
        # Where there was no probe, those that were added are to notice.
        if before.probes or any(seen.container == "kube-state-metrics" for seen in after.probes):
            yield "a hung kube-state-metrics is not noticed"
    elif (
        before.probes
        and after != before
        and not any(_CONFESSION in result.message for result in run.results)
    ):
        yield "a hung kube-state-metrics is not noticed, and no result says so"


def _leaks(
    before: Observation, after: Observation, named: set[tuple[str, int, str]]
) -> Iterator[Door]:
    """Yield the doors that were shut before and are not the health paths that the mode names."""
    were_open = {(door.scheme, door.port, door.target) for door in before.doors}
    for door in after.doors:
        place = door.scheme, door.port, door.target
        if place not in were_open and not (place in named and door.body in _HARMLESS):
            yield door


def _asked(after: Observation) -> set[tuple[str, int, str]]:
    """Return the scheme, port and path of every probe that asks by HTTP."""
    targets = (urlsplit(seen.outcome.target) for seen in after.probes)
    return {
        (target.scheme, target.port, target.path + (f"?{target.query}" if target.query else ""))
        for target in targets
        if target.scheme in ("http", "https") and target.port
    }


def _token_faults(before: Observation, after: Observation) -> Iterator[str]:
    was_open = {(t.scheme, t.port) for t in before.tokens if not _is_guarded(t)}
    still = {(t.scheme, t.port, t.good) for t in after.tokens}
    for answer in before.tokens:
        if _is_guarded(answer) and (answer.scheme, answer.port, answer.good) not in still:
            yield f"{answer.scheme}:{answer.port}/metrics no longer answers a good token"
    for answer in after.tokens:
        if not _is_guarded(answer) and (answer.scheme, answer.port) not in was_open:
            yield f"{answer.scheme}:{answer.port}/metrics answers a bad token"


def _is_guarded(answer: TokenAnswer) -> bool:
    return answer.forbidden[0] == 403 and answer.unknown[0] == 401
