"""The streams that are measured: seeded, so the same on every machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from benchmarks import resources
from benchmarks.manifests import Manifest
from benchmarks.workload import BROKEN

Make = Callable[[Random, int], Manifest]

# What a hundred resources of a platform are; few kinds make most of the bytes.
_HUNDRED: tuple[tuple[int, Make], ...] = (
    (23, resources.deployment),
    (1, resources.operator),
    (16, resources.service),
    (10, resources.account),
    (8, resources.role),
    (4, resources.network_policy),
    (6, resources.monitor),
    (7, resources.script),
    (6, resources.settings),
    (6, resources.secret),
    (4, resources.rules),
    (5, resources.dashboard),
    (4, resources.definition),
)
_CHART: tuple[Make, ...] = (
    resources.account,
    resources.role,
    resources.service,
    resources.deployment,
    resources.monitor,
    resources.network_policy,
    resources.secret,
    resources.few_rules,
    resources.settings,
)


def platform(items: int, workload: Manifest = BROKEN) -> list[Manifest]:
    """Return `items` resources of a platform, `workload` in the middle of them."""
    random = Random(20)
    found: list[Manifest] = []
    while len(found) < items:
        hundred = [make for count, make in _HUNDRED for _ in range(count)]
        random.shuffle(hundred)
        found += [make(random, len(found) + index) for index, make in enumerate(hundred)]
    return _around(found[:items], workload)


def chart(workload: Manifest = BROKEN) -> list[Manifest]:
    """Return 16 resources, as many and as large as a chart renders, `workload` among them."""
    random = Random(16)
    found = [_CHART[index % len(_CHART)](random, index) for index in range(16)]
    return _around(found, workload)


def uniform(make: Make, size: int) -> list[Manifest]:
    """Return about `size` bytes of resources of one kind, the broken workload in the middle."""
    return _around(list(_until(make, size)), BROKEN)


def _until(make: Make, size: int) -> Iterator[Manifest]:
    random = Random(12)
    index = made = 0
    while made < size:
        found = make(random, index)
        yield found
        index += 1
        # As items: two spaces or a dash, and the line break.
        made += sum(len(line) + 3 for line in found)


def _around(found: list[Manifest], workload: Manifest) -> list[Manifest]:
    found[len(found) // 2] = workload
    return found
