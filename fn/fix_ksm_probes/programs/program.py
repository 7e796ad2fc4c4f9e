"""What is to be known of a program, and a container that runs one."""

from __future__ import annotations

from collections.abc import Callable

from fix_ksm_probes.manifests.files import Files
from fix_ksm_probes.manifests.placeholders import find_placeholder
from fix_ksm_probes.manifests.pod import Argument, Container
from fix_ksm_probes.programs.command_line import (
    CommandLine,
    FlagSet,
    basename,
    expand,
    read_command_line,
    started_words,
)
from fix_ksm_probes.programs.listeners import ListenAnalysis, Listener, Version
from fix_ksm_probes.yamlpatch import NamedTuple


class Invocation(NamedTuple):
    """A container that runs a program that is known; `place` is its index in the pod.

    `version` is None where the image does not tell it; `is_known` tells whether the image is one of
    upstream's, of a release that is known. `workload` is the kind that makes the pod, and
    `has_token` tells whether the token of a service account is there; `files` are what it can read.
    """

    place: int
    container: Container
    version: Version | None
    is_known: bool
    arguments: tuple[Argument, ...]
    workload: str
    has_token: bool
    files: Files

    def read(self, flag_set: FlagSet) -> CommandLine:
        """Return the command line that the program is started with."""
        return read_command_line(expand(self.arguments, self.container), flag_set)


# Where a container finds commands without a slash, and what is there in every one of them.
_PATH = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
_OF_THE_KERNEL = ("/proc/", "/dev/")


def _may_hold(mount: str, place: str) -> bool:
    is_above = f"{place}/".startswith(f"{mount.rstrip('/')}/")
    return is_above or bool(find_placeholder(mount)) or "$(" in mount


class Permission(NamedTuple):
    """What RBAC grants: a verb for a resource, `resource/subresource` where there is one.

    An object's `name`, or its `namespace`, is empty where it does not matter, or there is none.
    """

    verb: str
    group: str
    resource: str
    name: str = ""
    namespace: str = ""

    @property
    def words(self) -> str:
        """Return the resource as a person names it, such as `services/proxy` named `ksm`."""
        of_group = f".{self.group}" if self.group else ""
        named = f" named `{self.name}`" if self.name else ""
        inside = f" in namespace `{self.namespace}`" if self.namespace else ""
        return f"`{self.resource}{of_group}`{named}{inside}"


class Demands(NamedTuple):
    """What a proxy asks of those who bring a token, and of the account that it runs as.

    `reviews` are what that account must be permitted, or no token lets anybody in. `permission` is
    what whoever brings a token needs, None for the default: the verb and path of the request.
    `unsure` names what else decides on a token, empty for nothing.
    """

    reviews: tuple[Permission, ...] = ()
    permission: Permission | None = None
    unsure: str = ""


class Guard(NamedTuple):
    """What a proxy can be told to do.

    It takes ignored paths and endpoints of its own from the releases named on. `own_flags` make one
    proxy of a pod another than the next; all its other flags say how it guards. `demands` returns
    what flags and files make it ask for.
    """

    own_flags: frozenset[str]
    ignore_paths_since: Version
    endpoints_since: Version
    demands: Callable[[CommandLine, Files], Demands]


class Program(NamedTuple):
    """A program that is known: an exporter, or a proxy where it has a `guard`.

    `name` is that of its binary, its images and in labels; `majors` are its own major versions, no
    distributor's. `repositories` are those of upstream's images, below any registry or mirror of
    one, `newest` is the newest release that is known, and from `bare_since` on the images hold the
    program alone. A container whose image tells nothing is known by `telltale_flags`, if any.
    `listen` returns what an invocation implies.

    `health_path` returns the path that tells the health behind a listener; of an unknown version,
    that of a recent one. `health_listener` returns the name of the listener that a kind of probe is
    meant for. `main` stands in for the others; its health path is the same in every release, and
    asks nobody else. `binding` returns the flag, and its value, that bind a listener to an address.
    """

    name: str
    majors: tuple[int, ...]
    repositories: tuple[str, ...]
    newest: Version
    bare_since: Version
    flag_set: FlagSet
    listen: Callable[[Invocation], ListenAnalysis]
    health_path: Callable[[str, Version | None], str]
    health_listener: Callable[[str, Version | None], str]
    main: str
    binding: Callable[[Listener, str], tuple[str, str]]
    guard: Guard | None = None
    telltale_flags: frozenset[str] = frozenset()

    def words_of(self, container: Container) -> tuple[Argument, ...] | None:
        """Return the words that it is started with; None where another program starts."""
        if not container.command:
            return container.args
        words = started_words(container)
        return words[1:] if words and basename(words[0]) == self.name else None

    def may_ignore_paths(self, version: Version | None) -> bool:
        """Tell whether it is a proxy that lets paths through without a token; None: any version."""
        since = self.guard and self.guard.ignore_paths_since
        return bool(since and (version is None or version >= since))


class Process(NamedTuple):
    """A container with the program it runs, None where that is not known, and what it implies.

    `is_bare` tells that its image is known to hold that program and nothing else.
    """

    container: Container
    program: Program | None
    version: Version | None
    analysis: ListenAnalysis
    is_bare: bool = False

    @property
    def listeners(self) -> tuple[Listener, ...]:
        """Return the listeners that are known of it."""
        return self.analysis.listeners

    @property
    def guard(self) -> Guard | None:
        """Return what the proxy can be told that it runs; None where it is known to run none."""
        return self.program.guard if self.program else None

    @property
    def name(self) -> str:
        """Return the name of its program, empty where that is not known."""
        return self.program.name if self.program else ""

    @property
    def is_exporter(self) -> bool:
        """Tell whether it runs a program whose health is asked about: one that is no proxy."""
        return self.program is not None and self.program.guard is None

    @property
    def is_proxy(self) -> bool:
        """Tell whether it is known to run a proxy."""
        return self.guard is not None

    @property
    def may_ignore_paths(self) -> bool:
        """Tell whether it is a proxy that lets paths through without a token, as far as known."""
        return self.program is not None and self.program.may_ignore_paths(self.version)

    @property
    def has_endpoints(self) -> bool:
        """Tell whether it is a proxy that is known to be able to tell of its own health."""
        since = self.guard and self.guard.endpoints_since
        return bool(since and self.version and self.version >= since)

    @property
    def exits(self) -> str:
        """Return why it ends at once; empty where nothing says so."""
        return self.analysis.exits

    def lacks(self, command: str) -> bool:
        """Tell whether a command is known to be neither in the image nor in a volume."""
        if not self.is_bare or self.program is None or command.startswith(_OF_THE_KERNEL):
            return False
        if command.rpartition("/")[2] == self.program.name:
            return False
        mounts = self.container.mounts
        has_own_path = any(each.name == "PATH" for each in self.container.env)
        if not command.startswith("/") and ("/" in command or has_own_path):
            return not mounts
        places = [command] if "/" in command else [f"{each}/{command}" for each in _PATH]
        return not any(_may_hold(mount, place) for mount in mounts for place in places)

    @property
    def line(self) -> CommandLine:
        """Return the command line of the program; nothing where another is started."""
        if self.program is None:
            return CommandLine()
        return read_command_line(expand(self.words, self.container), self.program.flag_set)

    def demands(self, files: Files) -> Demands:
        """Return what a proxy asks of tokens and of its account; `files` are its container's."""
        return self.guard.demands(self.line, files) if self.guard else Demands()

    def binding(self, listener: Listener, address: str) -> tuple[str, str]:
        """Return the flag, and its value, that bind one of its listeners to `address`.

        Raises ValueError where its program is not known: it has no listeners then.
        """
        if self.program is None:
            raise ValueError(self.container.name)
        return self.program.binding(listener, address)

    @property
    def words(self) -> tuple[Argument, ...]:
        """Return the words that the program is started with; none where another is started."""
        return (self.program.words_of(self.container) if self.program else None) or ()
