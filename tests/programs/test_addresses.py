from __future__ import annotations

import pytest

from fix_ksm_probes.programs.listeners import (
    HIDDEN,
    POD,
    POD_IP,
    dialled_from_inside,
    meets,
    overlap,
    read_address,
)


@pytest.mark.parametrize("host", ["", "::", "0.0.0.0", "::0", "0:0:0:0:0:0:0:0"])
def test_a_wildcard_is_reached_everywhere(host: str) -> None:
    """Go takes every unspecified address for both families."""
    for dialled in (POD, read_address("127.0.0.1"), read_address("::1"), read_address("localhost")):
        assert meets(read_address(host), dialled) is True


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost", "::ffff:127.0.0.1"])
def test_a_loopback_is_not_reached_at_the_pod_ip(host: str) -> None:
    """In any spelling, a loopback address answers inside the pod only."""
    assert meets(read_address(host), POD) is False


@pytest.mark.parametrize(
    ("listening", "dialled", "met"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "localhost", True),
        ("localhost", "127.0.0.1", True),
        ("::1", "localhost", True),
        ("localhost", "::1", False),
        ("127.0.0.1", "127.0.0.2", False),
        ("::1", "127.0.0.1", False),
        ("127.0.0.1", "0.0.0.0", True),
        ("::1", "::", True),
        (POD_IP, "127.0.0.1", False),
        ("10.1.2.3", "127.0.0.1", False),
        ("127.0.0.1", "10.1.2.3", False),
        ("10.1.2.3", "10.1.2.3", True),
        ("10.1.2.3", "10.1.2.4", None),
        ("::", "10.1.2.3", None),
        ("10.1.2.3", POD_IP, None),
        ("some.name", "127.0.0.1", None),
        ("127.0.0.1", "some.name", None),
        (HIDDEN, POD_IP, None),
        (POD_IP, POD_IP, True),
    ],
)
def test_addresses_meet(listening: str, dialled: str, met: bool | None) -> None:  # noqa: FBT001
    """Two addresses meet, do not, or cannot be known to."""
    assert met is meets(read_address(listening), read_address(dialled))


def test_listeners_on_one_port_overlap_where_one_is_a_wildcard() -> None:
    """Linux refuses a second listener at an address that is in use."""
    assert overlap(read_address(""), read_address("127.0.0.1"))
    assert overlap(read_address("localhost"), read_address("127.0.0.1"))
    assert not overlap(read_address("127.0.0.1"), read_address("::1"))
    assert not overlap(read_address("127.0.0.1"), POD)


def test_a_process_of_the_pod_dials_the_address_that_is_listened_on() -> None:
    """A listener at one loopback address does not answer at another."""
    hosts = {host: dialled_from_inside(read_address(host)) for host in ("::1", "127.0.0.9", "::")}

    assert {"::1": "[::1]", "127.0.0.9": "127.0.0.9", "::": "127.0.0.1"} == hosts
