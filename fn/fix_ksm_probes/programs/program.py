"""A program, what it is asked for, and a container that runs one."""

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
from fix_ksm_probes.programs.go_path import clean
from fix_ksm_probes.programs.listeners import ListenAnalysis, Listener, Version
from fix_ksm_probes.yamlpatch import NamedTuple


class Invocation(NamedTuple):
    """A container that runs a known program; `place` is its index in the pod.

    `version` is None if the image does not show it; `is_known` says whether the image is a known
    release of upstream. `workload` is the kind of the workload, and `has_token` says whether the
    pod has the token of a service account; `files` are the files of the container.
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


# The PATH for commands without a slash, and the files that every image has there.
_PATH = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
_OF_THE_KERNEL = ("/proc/", "/dev/")


def _may_hold(mount: str, place: str) -> bool:
    is_above = f"{place}/".startswith(f"{mount.rstrip('/')}/")
    return is_above or bool(find_placeholder(mount)) or "$(" in mount


class Permission(NamedTuple):
    """What RBAC grants: a verb on a resource, or on `resource/subresource`.

    The `name` and `namespace` of an object are empty if they do not matter.
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
    """What a proxy demands of clients with a token, and of its own account.

    `reviews` are the permissions that its account needs to check tokens. `permission` is what a
    client with a token needs, None for the default: the verb and path of the request. `unsure`
    names what else decides on a token, empty if nothing.
    """

    reviews: tuple[Permission, ...] = ()
    permission: Permission | None = None
    unsure: str = ""


class Guard(NamedTuple):
    """What the flags of a proxy can do.

    It has ignored paths and endpoints of its own since the named releases. `own_flags` distinguish
    one proxy of a pod from the next; all other flags say how it guards. `demands` returns what
    flags and files make it demand.
    """

    own_flags: frozenset[str]
    ignore_paths_since: Version
    endpoints_since: Version
    demands: Callable[[CommandLine, Files], Demands]


class Program(NamedTuple):
    """A known program: an exporter, or a proxy if it has a `guard`.

    `name` is the name of its binary and images, and in labels; `majors` are its own major versions,
    not those of a distributor. `repositories` are those of the upstream images, in any registry or
    mirror. `newest` is the newest known release, and from `bare_since` on the images contain
    nothing but the program, at `binary`. `telltale_flags`, if any, identify a container whose image
    does not.
    `listen` returns the analysis of an invocation.

    `health_path` returns the health path of a listener; for an unknown version, that of a recent
    one. `health_listener` returns the name of the listener that a kind of probe is meant for.
    `main` is the substitute for the others; its health path is the same in every release, and does
    not ask the API server. `binding` returns the flag, and its value, that binds a listener to an
    address.
    """

    name: str
    majors: tuple[int, ...]
    repositories: tuple[str, ...]
    newest: Version
    bare_since: Version
    binary: str
    flag_set: FlagSet
    listen: Callable[[Invocation], ListenAnalysis]
    health_path: Callable[[str, Version | None], str]
    health_listener: Callable[[str, Version | None], str]
    main: str
    binding: Callable[[Listener, str], tuple[str, str]]
    guard: Guard | None = None
    telltale_flags: frozenset[str] = frozenset()

    def words_of(self, container: Container) -> tuple[Argument, ...] | None:
        """Return the words after the program's name; None if another program starts."""
        if not container.command:
            return container.args
        words = started_words(container)
        return words[1:] if words and basename(words[0]) == self.name else None

    def may_ignore_paths(self, version: Version | None) -> bool:
        """Tell whether it can let paths through without a token; None is any version."""
        since = self.guard and self.guard.ignore_paths_since
        return bool(since and (version is None or version >= since))


class Process(NamedTuple):
    """A container with its program, None if that is not known, and the analysis of it.

    `is_bare` says that its image is known to contain only that program.
    """

    container: Container
    program: Program | None
    version: Version | None
    analysis: ListenAnalysis
    is_bare: bool = False

    @property
    def listeners(self) -> tuple[Listener, ...]:
        """Return its known listeners."""
        return self.analysis.listeners

    @property
    def guard(self) -> Guard | None:
        """Return the guard of its program; None if it is not known to run a proxy."""
        return self.program.guard if self.program else None

    @property
    def name(self) -> str:
        """Return the name of its program, empty if that is not known."""
        return self.program.name if self.program else ""

    @property
    def is_exporter(self) -> bool:
        """Tell whether it runs an exporter, a known program that is no proxy."""
        return self.program is not None and self.program.guard is None

    @property
    def is_proxy(self) -> bool:
        """Tell whether it is known to run a proxy."""
        return self.guard is not None

    @property
    def may_ignore_paths(self) -> bool:
        """Tell whether it can let paths through without a token, as far as known."""
        return self.program is not None and self.program.may_ignore_paths(self.version)

    @property
    def has_endpoints(self) -> bool:
        """Tell whether it is a proxy of a version that has endpoints for its own health."""
        since = self.guard and self.guard.endpoints_since
        return bool(since and self.version and self.version >= since)

    @property
    def exits(self) -> str:
        """Return why it exits at start; empty if it does not, as far as known."""
        return self.analysis.exits

    def lacks(self, command: str) -> bool:
        """Tell whether a command is known to be neither in the image nor in a volume."""
        if not self.is_bare or self.program is None or command.startswith(_OF_THE_KERNEL):
            return False
        binary, mounts = self.program.binary, self.container.mounts
        has_own_path = any(each.name == "PATH" for each in self.container.env)
        depends = not command.startswith("/") and ("/" in command or has_own_path)
        if command.rpartition("/")[2] == self.program.name:
            if depends or (command.startswith("/") and clean(command) == binary):
                return False
        elif depends:
            return not mounts
        places = [command] if "/" in command else [f"{each}/{command}" for each in _PATH]
        if binary in places:
            return False
        return not any(_may_hold(mount, place) for mount in mounts for place in places)

    @property
    def line(self) -> CommandLine:
        """Return the command line of the program; empty if another one starts."""
        if self.program is None:
            return CommandLine()
        return read_command_line(expand(self.words, self.container), self.program.flag_set)

    def demands(self, files: Files) -> Demands:
        """Return what a proxy demands of tokens and of its account, by its flags and `files`."""
        return self.guard.demands(self.line, files) if self.guard else Demands()

    def binding(self, listener: Listener, address: str) -> tuple[str, str]:
        """Return the flag, and its value, that binds one of its listeners to `address`.

        Raises ValueError if its program is not known; then it has no listeners.
        """
        if self.program is None:
            raise ValueError(self.container.name)
        return self.program.binding(listener, address)

    @property
    def words(self) -> tuple[Argument, ...]:
        """Return the words after the program's name; empty if another program starts."""
        return (self.program.words_of(self.container) if self.program else None) or ()
