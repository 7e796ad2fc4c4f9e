"""What a kubelet makes of the texts in a manifest."""

import pytest

from .environment import expanded
from .probe_url import request_target


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/livez", "/livez"),
        ("healthz", "/healthz"),
        ("/livez?verbose=1#x", "/livez?verbose=1"),
        ("//metrics", "/"),
        ("//metrics/livez", "/livez"),
        ("///metrics", "///metrics"),
        ("http://elsewhere/livez", "/livez"),
        ("/%2e%2e/metrics", "/%2e%2e/metrics"),
        ("/a b", "/a%20b"),
        ("/100%", "/100%25"),
        ("/100%?x", "/100%25%3Fx"),
    ],
)
def test_request_target_is_that_of_go(path: str, target: str) -> None:
    """The expected values were printed by Go's net/url."""
    assert request_target(path) == target


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("--pod=$(POD)", "--pod=ksm-0"),
        ("$$(POD)", "$(POD)"),
        ("$(NOBODY) $(", "$(NOBODY) $("),
        ("$POD", "$POD"),
    ],
)
def test_references_are_expanded_as_kubernetes_does(text: str, value: str) -> None:
    """Only what is defined is replaced, and a doubled dollar stands for one."""
    assert expanded(text, {"POD": "ksm-0"}) == value
