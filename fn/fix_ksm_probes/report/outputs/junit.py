"""Results as JUnit XML, for the test reports of GitLab, Jenkins and others."""

from __future__ import annotations

from collections.abc import Iterator

from fix_ksm_probes.report.outcome import ERROR, Outcome, Result
from fix_ksm_probes.report.outputs import Files, on_one_line
from fix_ksm_probes.report.outputs.location import Location, locations
from fix_ksm_probes.rules.catalogue import NO_WORKLOAD, UNKNOWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_NOT_JUDGED = (UNKNOWN, NO_WORKLOAD)


def junit(files: Files, path: str) -> str:
    """Return a suite for each file; `path` is the file of results that are of no file.

    Each result is a test case: a failure for an error, skipped if nothing could be judged, and
    passed with the message as output for a warning or a note. A workload without results is a test
    case that passes. Names, classes and `file` are those that GitLab reads ("Unit test reports",
    GitLab 18); Jenkins reads the same names, and no `file`.
    """
    from xml.etree.ElementTree import Element, indent, tostring

    # XML cannot contain most control characters, not even as references.
    root = Element("testsuites", name="fix-ksm-probes")
    for name, outcome in files:
        suite = Element("testsuite", name=on_one_line(name or path))
        cases = list(_cases(name or path, outcome))
        suite.extend(cases)
        _count(suite, cases)
        root.append(suite)
    _count(root, root.findall("testsuite/testcase"))
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def _cases(path: str, outcome: Outcome) -> Iterator[Element]:
    from xml.etree.ElementTree import Element

    for reported in outcome.workloads:
        if not reported.results:
            place = reported.analysis.workload.identity.place
            yield Element(
                "testcase", classname=on_one_line(place), name="probes", file=on_one_line(path)
            )
    seen: dict[tuple[str, str], int] = {}
    for result, where in locations(outcome, path):
        case = _case(result, where, path)
        key = (case.get("classname", ""), case.get("name", ""))
        seen[key] = seen.get(key, 0) + 1
        if seen[key] > 1:
            # GitLab drops a test case with a name that occurred before.
            case.set("name", f"{key[1]} ({seen[key]})")
        yield case


def _case(result: Result, where: Location, path: str) -> Element:
    from xml.etree.ElementTree import Element, SubElement

    reason = result.reason or "Setting"
    parts = (result.tag("container"), result.tag("probe"), reason)
    name = " ".join(part for part in parts if part)
    file = where.path or path
    case = Element(
        "testcase",
        classname=on_one_line(result.place or "fix-ksm-probes"),
        name=on_one_line(name),
        file=on_one_line(file),
    )
    words = on_one_line(
        f"{file}:{where.first}: {result.sentence}" if where.first else result.sentence
    )
    message = on_one_line(result.message)
    if result.severity == ERROR:
        SubElement(case, "failure", message=message, type=reason).text = words
    elif reason in _NOT_JUDGED:
        SubElement(case, "skipped", message=message)
    else:
        SubElement(case, "system-out").text = f"{result.severity}: {words}"
    return case


def _count(element: Element, cases: list[Element]) -> None:
    element.set("tests", str(len(cases)))
    for name, tag in (("failures", "failure"), ("skipped", "skipped")):
        element.set(name, str(sum(case.find(tag) is not None for case in cases)))
