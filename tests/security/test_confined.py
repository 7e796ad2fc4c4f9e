"""What a run asks of the kernel: it reads files of Python's, its stdin, and writes two streams."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from fix_ksm_probes.report.outputs import OUTPUTS
from tests.case import INPUT, find_cases
from tests.faults.chances import COUNT

COMMAND = Path(sys.executable).with_name("fix-ksm-probes")
# All of them where many faults are asked for, else a part.
CASES = find_cases()[:: 1 if COUNT >= 1000 else 15]

# What reads, waits, gets memory, or is about the process itself.
HARMLESS = frozenset(
    """access arch_prctl brk clock_gettime clock_nanosleep close dup epoll_create1 execve exit
    exit_group faccessat faccessat2 fadvise64 fcntl fstat fstatfs futex getcwd getdents64 getegid
    geteuid getgid getpid getppid getrandom getrlimit gettid getuid ioctl lseek lstat madvise mmap
    mprotect mremap munmap newfstatat open openat poll ppoll pread64 prlimit64 read readlink
    readlinkat restart_syscall rseq rt_sigaction rt_sigprocmask rt_sigreturn sched_getaffinity
    sched_yield set_robust_list set_tid_address sigaltstack stat statfs statx sysinfo uname write
    writev""".split()
)
# Which variables tell of an exec plugin (kustomize), and of a language (gettext, by argparse).
OF_KUSTOMIZE = {"KUSTOMIZE_PLUGIN_CONFIG_ROOT", "KUSTOMIZE_PLUGIN_CONFIG_STRING"}
OF_ARGPARSE = {"LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES"}
SCRIPT = """\
import os, sys

class Watched(dict):
    def __getitem__(self, name):
        asked.add(name)
        return dict.__getitem__(self, name)
    def get(self, name, default=None):
        asked.add(name)
        return dict.get(self, name, default)
    def __contains__(self, name):
        asked.add(name)
        return dict.__contains__(self, name)

asked, events = set(), set()
os.environ = Watched(os.environ)
os.getenv = os.environ.get
def watch(event, arguments):
    if event == "open" and isinstance(arguments[2], int) and arguments[2] & 3:
        events.add(f"open {arguments[0]}")
    elif event.split(".")[0] in ("socket", "subprocess", "ctypes", "urllib", "shutil", "pty"):
        events.add(event)
    elif event.startswith("os.") and event not in ("os.listdir", "os.scandir"):
        events.add(event)
sys.addaudithook(watch)
os._exit = sys.exit
sys.argv = ["fix-ksm-probes", *sys.argv[1:]]
from fix_ksm_probes.__main__ import main
try:
    main()
finally:
    print(sorted(map(str, asked)), sorted(map(str, events)), file=sys.stderr)
"""


def _forms() -> list[tuple[Path, tuple[str, ...]]]:
    forms = [(case, ()) for case in CASES]
    some = CASES[len(CASES) // 2]
    asked = [f"--output={form}" for form in OUTPUTS] + ["--explain", "--explain=mermaid"]
    asked += ["--help", "--version", "--schema", "--mode=dedicated-port", "--mode=nonsense"]
    return [*forms, *((some, (argument,)) for argument in asked)]


@pytest.mark.parametrize(
    ("case", "arguments"),
    _forms(),
    ids=lambda value: value.name if isinstance(value, Path) else "".join(value),
)
def test_it_asks_the_kernel_for_nothing_but_to_read(
    case: Path, arguments: tuple[str, ...], strace: str, tmp_path: Path
) -> None:
    """No file is opened to be written, no socket, no other process; one execve, its own."""
    log = tmp_path / "log"
    # -B, as the image does: Python itself may keep what it compiled.
    command = [strace, "-f", "-o", str(log), sys.executable, "-B", str(COMMAND), *arguments]
    with (case / INPUT).open("rb") as stdin:
        done = subprocess.run(command, stdin=stdin, capture_output=True)

    assert done.returncode in (0, 1, 2), done.stderr
    calls = re.findall(r"^\d+ +(\w+)\((.*)$", log.read_text(errors="replace"), re.MULTILINE)
    names = [name for name, _ in calls]
    assert set(names) <= HARMLESS
    assert names.count("execve") == 1
    opened = [rest for name, rest in calls if name in ("open", "openat")]
    assert len(opened) > 10
    assert not [rest for rest in opened if re.search(r"O_(WRONLY|RDWR|CREAT|TRUNC|APPEND)", rest)]
    written = {rest.partition(",")[0] for name, rest in calls if name in ("write", "writev")}
    assert written <= {"1", "2"}


@pytest.mark.parametrize("argument", ["--mode=check", "--explain", "--help", "--output=sarif"])
def test_it_reads_no_variable_but_the_one_it_says(argument: str) -> None:
    """Whether kustomize calls, the language of argparse, and NO_COLOR at a terminal alone."""
    raw = (CASES[0] / INPUT).read_bytes()
    command = [sys.executable, "-IB", "-c", SCRIPT, argument]

    done = subprocess.run(command, input=raw, capture_output=True, text=False)

    asked, events = done.stderr.decode().splitlines()[-1].split("] [")
    assert set(re.findall(r"\w+", asked)) <= OF_KUSTOMIZE | OF_ARGPARSE
    assert events == "]"


def test_the_watch_sees_what_it_looks_for() -> None:
    """A spy that sees nothing would hold for anything."""
    script = SCRIPT.partition("sys.argv")[0] + (
        "import socket, subprocess\n"
        "os.environ.get('HOME'); socket.socket(); open('/dev/null', 'w')\n"
        "subprocess.run(['true']); print(sorted(map(str, asked)), sorted(map(str, events)))\n"
    )

    done = subprocess.run([sys.executable, "-IB", "-c", script], capture_output=True, text=True)

    for word in ("HOME", "socket.__new__", "open /dev/null", "subprocess.Popen"):
        assert word in done.stdout, done.stderr
