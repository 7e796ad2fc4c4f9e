"""PyYAML's binding of libyaml alone, for a process that needs nothing else of PyYAML.

`import yaml` takes 15 ms of processor time, and the binding 1.6 ms: the difference is more than the
rest of a run without a repair. This changes `sys.modules["yaml"]`, so only the command may do it,
never an import of this package. Code that imports yaml later still gets all of it.
"""

from __future__ import annotations

import sys
from types import ModuleType

# In PyYAML 6.0 the binding looks up these exceptions once; it needs nothing else of their modules.
_RAISED = {
    "composer": "ComposerError",
    "constructor": "ConstructorError",
    "emitter": "EmitterError",
    "parser": "ParserError",
    "reader": "ReaderError",
    "representer": "RepresenterError",
    "scanner": "ScannerError",
    "serializer": "SerializerError",
}


class _Package(ModuleType):
    """The package yaml, which imports its contents at the first use of an attribute."""

    def __getattr__(self, name: str) -> object:
        # Like importlib.util.LazyLoader, whose import takes longer than that of the binding.
        if self.__class__ is not _Package or name.startswith("__"):
            raise AttributeError(name)
        self.__class__ = ModuleType  # type: ignore[assignment]
        if self.__spec__ is not None and self.__spec__.loader is not None:
            self.__spec__.loader.exec_module(self)
        return getattr(self, name)


def _import(name: str) -> ModuleType:
    # importlib would be one more import.
    __import__(name)
    return sys.modules[name]


def import_binding_alone() -> None:
    """Import `yaml._yaml`, `yaml.events` and `yaml.error` without the rest of PyYAML.

    Does nothing if yaml is imported already. The first use of anything else imports all of yaml.
    """
    if "yaml" in sys.modules:
        return
    try:
        _import_alone()
    except AttributeError:
        # Another release may look up more.
        for name in [name for name in sys.modules if name.partition(".")[0] == "yaml"]:
            del sys.modules[name]


def _import_alone() -> None:
    package = _Package("yaml")
    specs = (finder.find_spec("yaml", None) for finder in sys.meta_path)
    package.__spec__ = spec = next(filter(None, specs), None)
    package.__path__ = (spec and spec.submodule_search_locations) or []
    sys.modules["yaml"] = package
    error = _import("yaml.error")

    class ReaderError(error.YAMLError):  # type: ignore[name-defined, misc]
        def __init__(self, *found: str | int) -> None:
            name, self.position, self.character, _, self.reason = found
            place = f'\n  in "{name}", position {self.position}'
            super().__init__(f"unacceptable character #x{found[2]:04x}: {self.reason}{place}")

    for name in ("events", "nodes", "tokens"):
        _import(f"yaml.{name}")
    for name, raised in _RAISED.items():
        module = ModuleType(f"yaml.{name}")
        setattr(module, raised, ReaderError if name == "reader" else error.MarkedYAMLError)
        setattr(package, name, module)
    _import("yaml._yaml")
    for name in _RAISED:
        delattr(package, name)
