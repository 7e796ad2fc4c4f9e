"""From the bytes of stdin to those of stdout: every stage once, in its order."""

from __future__ import annotations

from typing import NamedTuple

from fix_ksm_probes import prose
from fix_ksm_probes.config import Config, ConfigError, read_function_config, settle
from fix_ksm_probes.document import parse
from fix_ksm_probes.errors import BadInput
from fix_ksm_probes.findings import Survey, survey
from fix_ksm_probes.fixes import propose
from fix_ksm_probes.fixes.cure import HELD_BACK, REFUSED, Repair
from fix_ksm_probes.load import load
from fix_ksm_probes.nodes import Document
from fix_ksm_probes.patch import Patch, add
from fix_ksm_probes.pointer import value_at
from fix_ksm_probes.reach import PASSES
from fix_ksm_probes.resourcelist import Stream, read_documents, read_resource_list
from fix_ksm_probes.results import (
    ERROR,
    Result,
    config_result,
    read_results,
    still_fails_result,
)
from fix_ksm_probes.text import Source, decode, encode
from fix_ksm_probes.two_paths import PathsDiffer, rewrite
from fix_ksm_probes.workload import Workload, find_workloads, identify


class Output(NamedTuple):
    """What a run gives: the bytes for stdout, the lines for stderr, and the exit code."""

    stdout: bytes
    stderr: tuple[str, ...]
    exit_code: int


class _Input(NamedTuple):
    source: Source
    documents: tuple[Document, ...]
    stream: Stream


def run(raw: bytes, flags: dict[str, object], config_file: bytes | None = None) -> Output:
    """Return the output for stdin `raw`, with settings from command-line `flags`.

    Without `config_file` the input is a ResourceList; with one, which is the functionConfig, it is
    a stream of documents (kustomize's exec plugin). Never raises for what the input holds.
    """
    try:
        source = decode(raw)
        documents = parse(source.text)
        if config_file is None:
            read = _Input(source, documents, read_resource_list(documents))
            function_config = read.stream.function_config
        else:
            read = _Input(source, documents, read_documents(documents))
            function_config = _read_config_file(config_file)
    except BadInput as error:
        return Output(b"", (f"error: {error}",), 1)
    try:
        config = settle(read_function_config(function_config), flags)
    except ConfigError as error:
        identity = identify(function_config) if error.field != "functionConfig" else None
        return _finish(read, (), [config_result(error, identity)])
    return _repair(read, config)


def _repair(read: _Input, config: Config) -> Output:
    found = [
        (item.pointer, seen)
        for item in read.stream.items
        for workload in find_workloads(item)
        if _is_target(workload, config) and (seen := survey(workload)) is not None
    ]
    repairs = [propose(seen, config) for _, seen in found]
    if any(cure.action == REFUSED for repair in repairs for cure in repair.cures):
        repairs = [_held_back(repair) for repair in repairs]
    patch = tuple(
        operation._replace(path=(*pointer, *operation.path))
        for (pointer, _), repair in zip(found, repairs, strict=True)
        for operation in repair.patch
    )
    after: object = None
    if patch:
        try:
            _, after = rewrite(read.source, read.documents, patch)
        except PathsDiffer:
            return _finish(read, (), [Result(prose.paths_differ_message(), ERROR)])
    results: list[Result] = []
    for (pointer, seen), repair in zip(found, repairs, strict=True):
        resource = value_at(after, pointer)
        broken = _still_fails(seen, repair, resource, config)
        if broken is not None:
            return _finish(read, (), [broken])
        results += read_results(seen, repair, config, resource)
    return _finish(read, patch, results)


def _held_back(repair: Repair) -> Repair:
    return Repair(
        tuple(
            cure if cure.action == REFUSED else cure._replace(action=REFUSED, why=HELD_BACK)
            for cure in repair.cures
        )
    )


def _is_target(workload: Workload, config: Config) -> bool:
    target = config.target
    return (
        target.name in ("", workload.identity.name)
        and target.namespace in ("", workload.identity.namespace)
        and set(target.labels) <= set(workload.labels)
    )


def _still_fails(seen: Survey, repair: Repair, resource: object, config: Config) -> Result | None:
    if not repair.patch:
        return None
    again = survey(seen.workload._replace(resource=resource))
    passing = {cure.judged.probe.pointer for cure in repair.cures} | {
        judged.probe.pointer for judged in seen.probes if judged.verdict.outcome == PASSES
    }
    for judged in again.probes if again else ():
        if judged.probe.pointer in passing and judged.verdict.outcome != PASSES:
            return still_fails_result(judged, seen, config)
    return None


def _finish(read: _Input, patch: Patch, results: list[Result]) -> Output:
    failed = any(result.severity == ERROR for result in results)
    ordered = sorted(results, key=lambda result: (result.severity != ERROR, result.follows))
    lines = tuple(result.as_line() for result in ordered)
    place = read.stream.results
    if place is None:
        if failed:
            return Output(b"", lines, 1)
    elif results:
        written = [result.as_resource() for result in results]
        patch = (*patch, add(place, written))
    text = read.source.text
    if patch:
        try:
            text, _ = rewrite(read.source, read.documents, patch)
        except PathsDiffer:
            return Output(encode(read.source, text), (prose.paths_differ_message(), *lines), 1)
    return Output(encode(read.source, text), lines, int(failed))


def _read_config_file(raw: bytes) -> object:
    roots = [load(document.root) for document in parse(decode(raw).text)]
    if len(roots) > 1:
        raise BadInput("the config file holds several documents; one functionConfig is accepted")
    return roots[0] if roots else None
