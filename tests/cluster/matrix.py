"""Which manifests are looked at in which modes, and how many at a time."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from typing import NamedTuple

from tests.e2e.cases import Case
from tests.e2e.function import CHECK, Mode

from .cluster import Cluster
from .command import DELETE_POD, Expectation, Repair, expectation, repair
from .judgement import faults
from .manifests import beside_others, images_of, uses_host_network
from .observation import Seen, Subject, observe, say

Pair = tuple[Case, Mode]

# Pods of one node: what two cores bring up within seconds, not minutes.
_AT_ONCE = 40
# Between the ports of two manifests on the network of the node.
_SHIFT = 2000


class Plan(NamedTuple):
    """What is to be looked at: a manifest in a mode.

    Attributes:
        text: the manifest.
        repaired: what the mode makes of it.
        shift: on the network of the node, by how much its ports are higher while it runs.

    """

    text: str
    repaired: Repair
    shift: int


class Experiment(NamedTuple):
    """A manifest in a mode, looked at.

    Attributes:
        text: what was applied, None where the mode refuses.
        expected: what the verdicts on `text` let expect.
        seen: what was seen of it, None where nothing was applied.

    """

    text: str | None
    expected: Expectation | None
    seen: Seen | None


def plan(pairs: Iterable[Pair]) -> dict[Pair, Plan]:
    """Return what each pair takes; every manifest is looked at as it is, too."""
    wanted = dict.fromkeys(each for pair in pairs for each in ((pair[0], CHECK), pair))
    shifts = count(_SHIFT, _SHIFT)
    return {
        (case, mode): Plan(
            case.text,
            Repair(case.text, "") if mode == CHECK else repair(case.text, mode),
            next(shifts) if uses_host_network(case.text) else 0,
        )
        for case, mode in wanted
    }


def images(plans: Mapping[Pair, Plan]) -> set[str]:
    """Return every image that is needed."""
    return set().union(*(images_of(plan.text) for plan in plans.values()))


def run(cluster: Cluster, plans: Mapping[Pair, Plan]) -> dict[Pair, Experiment]:
    """Look at every pair; what a mode refuses or does not change is not looked at again."""
    subjects = dict(_subjects(plans))
    seen = _observed(cluster, subjects.values())
    first = _experiments(plans, subjects, seen)
    doubtful = {pair: found for pair in subjects if (found := disagreements(pair, first))}
    for (case, mode), found in doubtful.items():
        say(f"{case.name}, {mode.name}, is looked at once more: {'; '.join(found)}")
    # A busy machine spoils a look now and then; what is wrong is wrong in a second one, too.
    # What a repair is held against may be what was spoiled.
    again = dict.fromkeys(each for pair in doubtful for each in ((pair[0], CHECK), pair))
    for pair in again:
        subjects[pair] = subjects[pair]._replace(namespace=f"{subjects[pair].namespace}-again")
    seen |= _observed(cluster, [subjects[pair] for pair in again])
    return _experiments(plans, subjects, seen)


def _observed(cluster: Cluster, subjects: Iterable[Subject]) -> dict[str, Seen]:
    seen: dict[str, Seen] = {}
    for group in _groups(subjects):
        for start in range(0, len(group), _AT_ONCE):
            seen |= observe(cluster, group[start : start + _AT_ONCE])
    return seen


def _experiments(
    plans: Mapping[Pair, Plan], subjects: Mapping[Pair, Subject], seen: Mapping[str, Seen]
) -> dict[Pair, Experiment]:
    return {
        pair: Experiment(plan.repaired.text, *_result(subjects.get(pair), plan, seen))
        for pair, plan in plans.items()
    }


def disagreements(pair: Pair, experiments: Mapping[Pair, Experiment]) -> tuple[str, ...]:
    """Return every way in which the cluster did not do as the verdicts on a pair said."""
    text, expected, seen = experiments[pair]
    if text is None or expected is None or seen is None:
        # Refused, or nothing to repair: that it is so, `make e2e` holds.
        return ()
    case, mode = pair
    before = None if mode == CHECK else experiments[case, CHECK].seen
    return faults(text, expected, seen, before)


def _subjects(plans: Mapping[Pair, Plan]) -> Iterator[tuple[Pair, Subject]]:
    for number, (pair, (text, made, shift)) in enumerate(plans.items()):
        is_repair, repaired = pair[1] != CHECK, made.text
        if repaired is None or (is_repair and repaired == text):
            continue
        expected = expectation(repaired)._replace(stuck=made.advice == DELETE_POD)
        before = text if is_repair else None
        applied = repaired
        if shift:
            applied = beside_others(repaired, shift)
            before = before and beside_others(before, shift)
        subject = Subject(f"matrix-{number}", before, applied, expected)
        yield pair, subject


def _groups(subjects: Iterable[Subject]) -> Iterator[list[Subject]]:
    """Yield subjects that wait for the same: for failures, for a stuck update, for neither."""
    waiting = list(subjects)
    groups: dict[tuple[bool, bool], list[Subject]] = {}
    for each in waiting:
        groups.setdefault((each.before is None, each.expected.stuck), []).append(each)
    yield from groups.values() if len(waiting) > _AT_ONCE else [waiting]


def _result(
    subject: Subject | None, plan: Plan, seen: Mapping[str, Seen]
) -> tuple[Expectation | None, Seen | None]:
    if subject is None:
        return None, None
    found = seen[subject.namespace]
    answers = [answer._replace(port=answer.port - plan.shift) for answer in found.answers]
    return subject.expected, found._replace(answers=answers)
