"""From the bytes of stdin to those of stdout: every stage once, in its order."""

from __future__ import annotations

from fix_ksm_probes.config import Config, ConfigError, settle
from fix_ksm_probes.document import parse
from fix_ksm_probes.errors import BadInput
from fix_ksm_probes.function_config import read_function_config
from fix_ksm_probes.load import load
from fix_ksm_probes.outcome import Input, Outcome
from fix_ksm_probes.outputs import write
from fix_ksm_probes.outputs.form import Form, Output
from fix_ksm_probes.repair import repair
from fix_ksm_probes.results import config_result
from fix_ksm_probes.stream import read_stream
from fix_ksm_probes.text import decode
from fix_ksm_probes.workload import identify


def run(
    raw: bytes,
    flags: dict[str, object],
    config_file: bytes | None = None,
    form: Form = Form(),  # noqa: B008 (immutable)
) -> Output:
    """Return the output for stdin `raw`, with settings from command-line `flags`.

    `config_file` is the functionConfig that kustomize hands to an exec plugin. Never raises for
    what the input holds.
    """
    try:
        read = _read(raw, may_be_empty=config_file is not None)
        function_config = read.stream.function_config
        if config_file is not None:
            function_config = _read_config_file(config_file)
    except BadInput as error:
        return Output(b"", (f"error: {error}",), 1)
    try:
        config = settle(read_function_config(function_config), flags)
    except ConfigError as error:
        identity = identify(function_config) if error.field != "functionConfig" else None
        return write(Outcome(read, Config(), results=(config_result(error, identity),)), form)
    return write(repair(read, config), form)


def _read(raw: bytes, *, may_be_empty: bool) -> Input:
    source = decode(raw)
    if not may_be_empty and not source.text.strip():
        raise BadInput("stdin is empty; Kubernetes manifests or a ResourceList are accepted")
    documents = parse(source.text)
    return Input(source, documents, read_stream(documents))


def _read_config_file(raw: bytes) -> object:
    roots = [load(document.root) for document in parse(decode(raw).text)]
    if len(roots) > 1:
        raise BadInput("the config file holds several documents; one functionConfig is accepted")
    return roots[0] if roots else None
