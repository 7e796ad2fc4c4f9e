"""The pages of the reasons quote what this kubelet writes, to the letter."""

from collections.abc import Mapping

import pytest

from tests.docs.page import Block, Page, find_pages
from tests.e2e.cases import read_cases
from tests.e2e.function import CHECK

from .cluster import Cluster
from .manifests import in_own_namespace, rights, surroundings
from .matrix import Experiment, Pair
from .observation import Event, Watch, apply, events
from .table import lasting_events

# What an event names the address of its pod, and how a page writes it.
_ADDRESS = "ADDRESS"
_OF_A_PAGE = "10.244.1.7"
_EXAMPLE = "ksm.yaml"
_PAGES = {page.path: page for page in find_pages() if page.path.startswith("docs/reasons/")}
_QUOTED = [
    (page, block)
    for page in _PAGES.values()
    for block in page.blocks
    if block.get("event") is not None
]
_OF_EXAMPLES = [each for each in _QUOTED if each[1].get("event") == _EXAMPLE]
_OF_CASES = [each for each in _QUOTED if each[1].get("event") != _EXAMPLE]
_CASES = {case.name: case for case in read_cases()}


def _namespace(page: Page) -> str:
    return page.path.rpartition("/")[2].removesuffix(".md").lower()


def _example(page: Page) -> str:
    (manifest,) = (block.body for block in page.blocks if block.get("save as") == _EXAMPLE)
    return in_own_namespace(manifest, _namespace(page))


@pytest.fixture(scope="module")
def written(node: Cluster) -> Mapping[str, list[Event]]:
    """Give what the kubelet wrote of the example of each page, by its namespace."""
    texts = {_namespace(page): _example(page) for page, _ in _OF_EXAMPLES}
    watch = Watch(node, texts)
    own = (surroundings(text, namespace) for namespace, text in texts.items())
    apply(node, (rights(), *own, *texts.values()))
    found: dict[str, list[Event]] = {}

    def to_come() -> int:
        found.update(events(node, watch))
        return sum(
            _quotes(block) not in _messages(found[_namespace(p)]) for p, block in _OF_EXAMPLES
        )

    watch.until(to_come)
    node.kubectl("delete", "namespace", "--wait=false", *texts)
    return found


def _quotes(block: Block) -> str:
    return block.body.strip().replace(_OF_A_PAGE, _ADDRESS)


def _messages(of_pod: list[Event]) -> list[str]:
    return [each.message.strip() for each in of_pod]


def _place(quoted: tuple[Page, Block]) -> str:
    return quoted[1].place


@pytest.mark.core
@pytest.mark.parametrize("quoted", _OF_EXAMPLES, ids=_place)
def test_an_example(quoted: tuple[Page, Block], written: Mapping[str, list[Event]]) -> None:
    """What a page quotes is what the kubelet writes of the page's own example."""
    page, block = quoted

    assert _quotes(block) in _messages(written[_namespace(page)])


def _of_case(quoted: tuple[Page, Block]) -> object:
    _, block = quoted
    return pytest.param((_CASES[block.get("event") or ""], CHECK), block, id=block.place)


@pytest.mark.core
@pytest.mark.parametrize("pair, block", list(map(_of_case, _OF_CASES)))
def test_a_case(pair: Pair, block: Block, matrix: Mapping[Pair, Experiment]) -> None:
    """What it quotes besides is what the kubelet writes of a manifest of the matrix."""
    assert _quotes(block) in [event for _, event in lasting_events(matrix[pair])]


@pytest.mark.core
def test_every_page_that_quotes_an_event_is_held() -> None:
    """An empty glob is no success."""
    assert len(_OF_EXAMPLES) == 7
    assert len(_OF_CASES) == 2
