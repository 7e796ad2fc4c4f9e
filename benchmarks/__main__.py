"""Measure, print the figures, and keep them in README.md and growth.svg beside this file."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import container, files, growth, startup, throughput, what_is_left
from benchmarks.laboratory import Laboratory, machine, progress
from benchmarks.report import rewrite

_HERE = Path(__file__).parent
_PLAIN = {
    "Start-up": startup,
    "What is left of it": what_is_left,
    "Throughput": throughput,
    "Files": files,
    "The image": container,
}


def main(wanted: list[str]) -> None:
    """Run all measurements, some minutes in all; those named alone are only printed."""
    sections = {"The machine": f"{machine()}\n"}
    with TemporaryDirectory(prefix="fix-ksm-probes-bench-") as name:
        laboratory = Laboratory(Path(name), os.environ.get("BEFORE", ""))
        progress("installing")
        laboratory.install()
        for title, section in _PLAIN.items():
            if title in wanted or not wanted:
                progress(title)
                sections[title] = section(laboratory)
        if "Growth" in wanted or not wanted:
            progress("Growth")
            sections["Growth"], drawing = growth(laboratory)
            sections["Growth"] += "\n![wall by items](growth.svg)\n"
    figures = "".join(f"\n## {title}\n\n{body}" for title, body in sections.items())
    print(figures)
    if not wanted:
        rewrite(_HERE / "README.md", f"{figures}\n")
        (_HERE / "growth.svg").write_text(drawing)


if __name__ == "__main__":
    main(sys.argv[1:])
