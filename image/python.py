"""The interpreter, the modules that the function can import, and the command."""

from __future__ import annotations

import py_compile
import sys
from functools import cache
from importlib.metadata import Distribution, distributions
from modulefinder import ModuleFinder
from pathlib import Path

from image.rootfs import Rootfs

SOURCE = Path(__file__).parents[1]
PACKAGES = Path("/usr/lib/python3/dist-packages")

_INTERPRETER = Path(f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}")
_STDLIB = Path(f"/usr/lib/{_INTERPRETER.name}")
_OURS = SOURCE / "fn"
_NAME = "fix_ksm_probes"

# What Python imports by itself: at its start, to encode, and to print a traceback.
_IMPLIED = (
    *("abc", "codecs", "io", "os", "stat", "encodings", "encodings.aliases"),
    *("encodings.ascii", "encodings.latin_1", "encodings.utf_8"),
    *("linecache", "traceback"),
)

# Doors to half the library, and who alone may have them: each behind an `import` in a function
# that no run of ours reaches.
_DOORS = {
    "_hashlib": {"hashlib"},  # OpenSSL; Python has SHA-2 of its own
    "_pydatetime": {"datetime"},  # where the C module is missing
    "ast": {"traceback"},  # to underline source text; the image holds none
    "doctest": {"difflib", "heapq"},  # run as a command
    "encodings.mbcs": {"encodings"},  # on Windows
    "getopt": {"base64"},  # run as a command
    "inspect": {"typing", "warnings"},  # for protocols and coroutines
    "logging": {"hashlib"},  # of a hash that is missing
    "shutil": {"argparse"},  # for the width of a terminal, which is given
    "subprocess": {"os"},  # popen
    "tracemalloc": {"warnings"},  # of an unclosed file
}

# -I: no variable and no working folder has a say. -S: no site. -B: nothing is written.
_COMMAND = f"""\
#!{_INTERPRETER} -ISB
import sys
sys.path[:] = [{str(_STDLIB)!r}, {str(PACKAGES)!r}]
from {_NAME}.__main__ import main
main()
"""


def place(rootfs: Rootfs) -> None:
    """Put Python, the function and all it can import into `rootfs`."""
    rootfs.copy(_INTERPRETER)
    # Python looks for this folder to know where it is.
    rootfs.on_disk(_STDLIB / "lib-dynload" / "x")
    for origin in find_modules():
        target = PACKAGES / origin.relative_to(_OURS) if _OURS in origin.parents else origin
        if origin.suffix == ".py":
            _compile(rootfs, origin, target)
        else:
            rootfs.copy(origin, target)
    for distribution in find_distributions():
        rootfs.copy(metadata(distribution))
    rootfs.write(Path("/usr/bin/fix-ksm-probes"), _COMMAND.encode(), mode=0o755)


@cache
def find_modules() -> list[Path]:
    """Return the files of all modules that a run can import, wherever the `import` stands."""
    dynload = _STDLIB / "lib-dynload"
    finder = ModuleFinder(
        path=[str(path) for path in (_OURS, _STDLIB, dynload, PACKAGES)],
        excludes=list(_DOORS),
    )
    for name in (f"{_NAME}.__main__", *_IMPLIED):
        finder.import_hook(name)
    for door, named in _DOORS.items():
        if others := set(finder.badmodules.get(door, ())) - named:
            raise ImportError(f"{door} is left out, but imported by {', '.join(sorted(others))}")
    # A package's modules that nothing imports by name yet belong to it all the same.
    ours = (_OURS / _NAME).rglob("*.py")
    found = (vars(module)["__file__"] for module in finder.modules.values())
    return sorted({*(Path(file) for file in found if file), *ours})


def find_distributions() -> list[Distribution]:
    """Return the Python distributions whose modules are among those of `find_modules`."""
    named = {
        origin.relative_to(PACKAGES).parts[0].partition(".")[0]
        for origin in find_modules()
        if PACKAGES in origin.parents
    }
    found = distributions(path=[str(PACKAGES)])
    return sorted(
        (each for each in found if named & set((each.read_text("top_level.txt") or "").split())),
        key=lambda distribution: distribution.name,
    )


def metadata(distribution: Distribution) -> Path:
    """Return the file that tells what the distribution is."""
    stem = f"{distribution.name}-{distribution.version}"
    (found,) = (*PACKAGES.glob(f"{stem}.dist-info/METADATA"), *PACKAGES.glob(f"{stem}.*/PKG-INFO"))
    return found


def _compile(rootfs: Rootfs, origin: Path, target: Path) -> None:
    # Without its source a module is read as it is: no time stamp to compare, no docstring to load.
    compiled = target.with_suffix(".pyc")
    py_compile.compile(
        str(origin),
        cfile=str(rootfs.on_disk(compiled)),
        dfile=str(target),
        doraise=True,
        optimize=2,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
    rootfs.on_disk(compiled).chmod(0o644)
    rootfs.placed[compiled] = origin
