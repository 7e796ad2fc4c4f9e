"""The trace of each probe as a Mermaid flowchart, for a README or a pull request.

Mermaid decodes entities first, and then reads most labels as Markdown and looks for icons in them
(seen in a browser with 11.4.1, 11.12.3 and 12.3.0). Characters that it would lose are replaced by
similar ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from fix_ksm_probes.analysis import decision
from fix_ksm_probes.analysis.scrapes import SCRAPED
from fix_ksm_probes.report.outputs import on_one_line
from fix_ksm_probes.report.outputs.trace import (
    ANSWERS,
    BESIDE,
    LOST,
    NOTHING,
    OPEN,
    OUTCOMES,
    REACHED,
    REFUSED,
    Drawing,
    Trace,
)

_SPECIAL = re.compile(r"[^A-Za-z0-9 .,:/=()\[\]_-]")
# Links, icons, lists, emphasis, code, escapes and tags.
_MARKUP = re.compile(
    r":(?=//|fa-)|(?<=\])\(|@(?=\w)|(?<=www)\.|(?<=\d)[.)](?= )"
    r"|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|[*`~\\<>]"
)
_LOOKS_LIKE = {
    ":": "\u2236",
    ".": "\u2024",
    "(": "\u2768",
    ")": "\u2769",
    "@": "\ufe6b",
    "_": "\u02cd",
    "*": "\u2217",
    "`": "\u02cb",
    "~": "\u223c",
    "\\": "\u2216",
    "<": "\u2039",
    ">": "\u203a",
}
_EDGES = {REACHED: "-->", ANSWERS: "-->", REFUSED: "--x", LOST: "-.->", BESIDE: "-.-"}
# Wide enough for most arguments, which break at dashes otherwise; with room for a title of three
# lines.
_SETTINGS = '{"flowchart": {"wrappingWidth": 300, "subGraphTitleMargin": {"bottom": 40}}}'
_HEAD = (f"%%{{init: {_SETTINGS}}}%%", "flowchart LR")
_STYLES = {
    decision.FAILS: "fill:#ffebe9,stroke:#cf222e,color:#1f2328",
    decision.UNKNOWN: "fill:#fff8c5,stroke:#9a6700,color:#1f2328",
    OPEN: "fill:#fff1e5,stroke:#bc4c00,color:#1f2328",
    decision.PASSES: "fill:#dafbe1,stroke:#1a7f37,color:#1f2328",
    SCRAPED: "fill:#dafbe1,stroke:#1a7f37,color:#1f2328",
    BESIDE: "stroke-dasharray:4",
}


def mermaid(drawings: tuple[Drawing, ...], nothing: str = NOTHING) -> str:
    """Return one flowchart, with a subgraph for each workload, and without a code fence.

    `nothing` is said where there is none.
    """
    lines = list(_HEAD)
    for number, drawn in enumerate(drawings):
        lines += _subgraph(f"w{number}", drawn)
    if not drawings:
        lines.append(f"  nothing[{_label(nothing)}]")
    lines += (f"  classDef {outcome} {style}" for outcome, style in _STYLES.items())
    return "".join(f"{line}\n" for line in lines)


def _subgraph(identifier: str, drawn: Drawing) -> Iterator[str]:
    yield f"  subgraph {identifier}[{_label(drawn.name)}]"
    yield "    direction TB"
    if not drawn.traces:
        yield f"    {identifier}n[{_label(drawn.tally)}]"
    for start in dict.fromkeys(trace.start for trace in drawn.traces):
        yield f"    {identifier}{start}([{_label(start)}])"
    for number, trace in enumerate(drawn.traces):
        yield from _branch(f"{identifier}p{number}", f"{identifier}{trace.start}", trace)
    yield "  end"


def _branch(identifier: str, root: str, trace: Trace) -> Iterator[str]:
    outcome = OUTCOMES[trace.outcome]
    label = _label(trace.subject, f"{outcome}: {trace.reason}" if trace.reason else outcome)
    before, edge_label = root, f"|{label}|"
    *_, end = (number for number, step in enumerate(trace.steps) if step.mark != BESIDE)
    for number, step in enumerate(trace.steps):
        node = f"{identifier}s{number}"
        style = f":::{BESIDE}" if step.mark == BESIDE else ""
        style = f":::{trace.outcome}" if number == end else style
        box = f"{node}[{_label(_bare(step.text), *step.evidence)}]{style}"
        yield f"    {before} {_EDGES[step.mark]}{edge_label} {box}"
        before, edge_label = node, ""


def _bare(text: str) -> str:
    # Names in a box need no quotes.
    return text.replace("`", "")


def _label(*lines: str) -> str:
    return '"' + "<br/>".join(_escaped(line) for line in lines) + '"'


def _escaped(text: str) -> str:
    drawn = _MARKUP.sub(
        lambda found: _LOOKS_LIKE[found[0]], on_one_line(text, in_ascii=True).strip() or "?"
    )
    return _SPECIAL.sub(lambda found: f"#{ord(found[0])};", drawn)
