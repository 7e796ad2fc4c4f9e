"""Measure, print the figures, and keep them in README.md and throughput.svg beside this file."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.container import container
from benchmarks.growth import growth
from benchmarks.installed import install
from benchmarks.laboratory import Laboratory, progress
from benchmarks.machine import describe
from benchmarks.report import rewrite
from benchmarks.startup import startup
from benchmarks.throughput import kinds, throughput

_HERE = Path(__file__).parent


def main() -> None:
    """Run all measurements, some minutes in all."""
    sections = {"The machine": f"{describe()}\n"}
    with TemporaryDirectory(prefix="fix-ksm-probes-bench-") as name:
        folder = Path(name)
        progress("installing")
        laboratory = Laboratory(folder, install(folder / "venv"))
        progress("start-up")
        sections["Start-up"] = startup(laboratory)
        progress("throughput")
        sections["Throughput"] = throughput(laboratory)
        progress("kinds")
        sections["Weak spots"] = kinds(laboratory)
        progress("growth")
        sections["Growth"], drawing = growth(laboratory)
        sections["Growth"] += "\n![wall by items](throughput.svg)\n"
        progress("the image")
        sections["The image"] = container(laboratory)
    figures = "".join(f"\n## {title}\n\n{body}" for title, body in sections.items())
    print(figures)
    rewrite(_HERE / "README.md", f"{figures}\n")
    (_HERE / "throughput.svg").write_text(drawing)


if __name__ == "__main__":
    main()
