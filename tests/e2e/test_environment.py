"""What Kubernetes makes of the texts in a manifest."""

import pytest

from .environment import expanded


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
