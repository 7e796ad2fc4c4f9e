from __future__ import annotations

import pytest

from fix_ksm_probes.manifests.pod import Argument, Container, EnvSource, EnvVar
from fix_ksm_probes.programs.command_line import (
    GO_FLAG,
    KINGPIN,
    FlagSet,
    Word,
    expand,
    go_bool,
    go_int,
    read_command_line,
)
from fix_ksm_probes.programs.listeners import (
    BAD_VALUE,
    HIDDEN,
    POD_IP,
    ListenAnalysis,
    Stopped,
)

FLAGS = FlagSet(frozenset(("host", "port", "paths")), frozenset(("quiet",)), frozenset(("-v",)))


def _words(*texts: str) -> tuple[Word, ...]:
    return tuple(Word(text, Argument(text, ("args", i))) for i, text in enumerate(texts))


def _container(env: tuple[EnvVar, ...], *env_from: EnvSource) -> Container:
    return Container("c", "i", (), (), env, env_from, (), (), ())


@pytest.mark.parametrize(
    ("texts", "flags", "positionals"),
    [
        (("--port=1",), [("port", "1")], ()),
        (("--port", "1"), [("port", "1")], ()),
        (("--port", "--host"), [("port", "--host")], ()),
        (("--port",), [], ()),
        (("--quiet", "true"), [("quiet", "")], ("true",)),
        (("--quiet=false",), [("quiet", "false")], ()),
        (("-v", "4"), [("-v", "4")], ()),
        (("-v=4",), [("-v", "4")], ()),
        (("-v4",), [("-v", "4")], ()),
        (("--new", "value"), [("new", "value")], ()),
        (("--new", "--port=1"), [("new", ""), ("port", "1")], ()),
        (("--", "--port=1"), [], ("--port=1",)),
        (("version",), [], ("version",)),
    ],
)
def test_words_are_read_as_pflag_reads_them(
    texts: tuple[str, ...], flags: list[tuple[str, str]], positionals: tuple[str, ...]
) -> None:
    """A flag takes its value from its own word or the next one; other words are left over."""
    line = read_command_line(_words(*texts), FLAGS)

    assert flags == [(flag.name, flag.value) for flag in line.flags]
    assert positionals == line.positionals


@pytest.mark.parametrize(
    ("texts", "flags", "positionals"),
    [
        (("-port=1",), [("port", "1")], ()),
        (("--port", "1"), [("port", "1")], ()),
        (("-quiet", "-port", "1"), [("quiet", ""), ("port", "1")], ()),
        (("-quiet", "now", "-port=1"), [("quiet", "")], ("now", "-port=1")),
        (("-", "-port=1"), [], ("-", "-port=1")),
        (("--", "-port=1"), [], ("-port=1",)),
    ],
)
def test_words_are_read_as_go_flag_reads_them(
    texts: tuple[str, ...], flags: list[tuple[str, str]], positionals: tuple[str, ...]
) -> None:
    """One dash or two are the same, and the first other word ends the flags (flag, Go 1.24)."""
    line = read_command_line(_words(*texts), FLAGS._replace(style=GO_FLAG))

    assert flags == [(flag.name, flag.value) for flag in line.flags]
    assert positionals == line.positionals


@pytest.mark.parametrize(
    ("texts", "flags", "positionals"),
    [
        (("--port=1",), [("port", "1")], ()),
        (("--port", "1"), [("port", "1")], ()),
        (("--no-quiet",), [("quiet", "false")], ()),
        (("--no-port=1",), [("no-port", "1")], ()),
        (("-v", "4", "word", "--port=1"), [("-v", "4"), ("port", "1")], ("word",)),
        (("@words", "--port=1"), [("port", "1")], (HIDDEN,)),
        (("--", "--port=1"), [], ("--port=1",)),
    ],
)
def test_words_are_read_as_kingpin_reads_them(
    texts: tuple[str, ...], flags: list[tuple[str, str]], positionals: tuple[str, ...]
) -> None:
    """A switch is turned off by its name, and a file may hold any words (kingpin 2)."""
    line = read_command_line(_words(*texts), FLAGS._replace(style=KINGPIN))

    assert flags == [(flag.name, flag.value) for flag in line.flags]
    assert positionals == line.positionals


def test_the_last_of_repeated_flags_decides() -> None:
    """pflag sets a scalar flag anew each time."""
    decided = read_command_line(_words("--port=1", "--port=2"), FLAGS).last("port")

    assert decided is not None
    assert ("2", ("args", 1)) == (decided.value, decided.argument.pointer)


def test_slices_add_up() -> None:
    """pflag splits a slice flag at commas, appends, and takes an empty one for none."""
    line = read_command_line(_words("--paths=/a,/b", "--paths=", "--paths", "/c"), FLAGS)

    assert ("/a", "/b", "/c") == line.elements("paths")


@pytest.mark.parametrize(
    ("value", "elements"),
    [
        ('"/a","/b,c"', ("/a", "/b,c")),
        ('"/a""b",', ('/a"b', "")),
        ("/a\n", ("/a",)),
        ("/a, /b", ("/a", " /b")),
    ],
)
def test_a_slice_is_a_record_of_csv(value: str, elements: tuple[str, ...]) -> None:
    """Quotes are removed, and spaces stay."""
    line = read_command_line(_words(f"--paths={value}"), FLAGS)

    assert elements == line.elements("paths")


@pytest.mark.parametrize("value", ['/a"', '"/a'])
def test_a_stray_quote_ends_the_program(value: str) -> None:
    """pflag refuses text that is no CSV record."""
    line = read_command_line(_words(f"--paths={value}"), FLAGS)

    with pytest.raises(Stopped) as stopped:
        line.elements("paths")
    assert stopped.value.analysis == ListenAnalysis(exits=BAD_VALUE, culprit="--paths")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("9090", 9090),
        ("010", 8),
        ("0x10", 16),
        ("0o17", 15),
        ("-1", -1),
        ("1_000", 1000),
        ("9090 ", None),
        ("08", None),
        ("http", None),
        ("", None),
        ("0", 0),
    ],
)
def test_integers_are_those_of_go(text: str, number: int | None) -> None:
    """Base 0: a leading zero is octal."""
    assert number == go_int(text)


@pytest.mark.parametrize(
    ("text", "truth"), [("t", True), ("0", False), ("yes", None), ("on", None)]
)
def test_truth_values_are_those_of_go(text: str, truth: bool | None) -> None:  # noqa: FBT001
    """Those of YAML are not among them."""
    assert truth is go_bool(text)


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("--host=$(SET)", "--host=value"),
        ("--host=$(IP)", f"--host={POD_IP}"),
        ("--host=$(SECRET)", f"--host={HIDDEN}"),
        ("--host=$(NESTED)", "--host=a-value"),
        ("--host=$(UNSET)", "--host=$(UNSET)"),
        ("--host=$$(SET)", "--host=$(SET)"),
        ("--host=$SET", f"--host={HIDDEN}"),
        ("--host=$(API_SERVICE_HOST)", f"--host={HIDDEN}"),
    ],
)
def test_references_are_expanded_as_kubernetes_does(text: str, expanded: str) -> None:
    """A variable of the container gets its value; one that only the cluster knows gets a marker."""
    env = (
        EnvVar("SET", "value", None),
        EnvVar("IP", None, "status.podIP"),
        EnvVar("SECRET", None, None),
        EnvVar("NESTED", "a-$(SET)", None),
    )

    assert expanded == expand((Argument(text, ()),), _container(env))[0].text


def test_env_from_may_define_anything() -> None:
    """A ConfigMap or a Secret may define the variable."""
    container = _container((), EnvSource("settings", ""))

    assert HIDDEN == expand((Argument("$(UNSET)", ()),), container)[0].text
