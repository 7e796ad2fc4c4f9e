"""Repair a manifest before the reader's eyes: its diff, then what the function says about it."""

from __future__ import annotations

import difflib
import os
import subprocess
import sys
from pathlib import Path

RED, GREEN, CYAN, PLAIN = "\033[31m", "\033[32m", "\033[36m", "\033[0m"
COLOURS = {"-": RED, "+": GREEN, "@": CYAN}


def main() -> int:
    """Run `fix-ksm-probes` on the manifest beside this file; return its exit code."""
    manifest = Path(__file__).with_name("resourcelist.yaml")
    command = [sys.executable, "-m", "fix_ksm_probes"]
    done = subprocess.run(command, input=manifest.read_bytes(), capture_output=True, check=False)
    before = manifest.read_text().splitlines()
    after = done.stdout.decode().partition("\nresults:\n")[0].splitlines()
    colours = COLOURS if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else {}
    for line in difflib.unified_diff(before, after, "manifest", "repaired", n=1, lineterm=""):
        colour = colours.get(line[0], "")
        print(f"{colour}{line}{PLAIN}" if colour else line)
    print()
    print(done.stderr.decode(), end="")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
