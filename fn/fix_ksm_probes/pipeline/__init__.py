"""From the bytes of stdin to those of stdout: every stage once, in its order."""

from __future__ import annotations

from fix_ksm_probes.fixes.repair import repair
from fix_ksm_probes.manifests.files import KUSTOMIZE, account_of
from fix_ksm_probes.manifests.pod import AUTOMOUNT, HOST_NETWORK, read_pod
from fix_ksm_probes.manifests.prefilter import Wanted, may_name
from fix_ksm_probes.manifests.reading import MONITORS, Input, read
from fix_ksm_probes.manifests.workload import find_workloads, identify
from fix_ksm_probes.programs import exporter_names, may_run_a_proxy, objects_asked_for
from fix_ksm_probes.report import report
from fix_ksm_probes.report.outcome import INFO, Outcome
from fix_ksm_probes.report.outputs import (
    BAD_INPUT,
    COMPONENT,
    DRAWINGS,
    MANIFESTS,
    Output,
    OutputOptions,
    counted,
    error_line,
    write,
)
from fix_ksm_probes.report.outputs.manifests import manifests_patch
from fix_ksm_probes.settings.fields import CHECK, NONE, Settings, settle
from fix_ksm_probes.settings.function_config import (
    read_function_config,
    refuse_silence,
    written_as,
)
from fix_ksm_probes.settings.kinds import ConfigError
from fix_ksm_probes.yamlpatch import (
    BadInput,
    NotApart,
    PatchMismatch,
    decode,
    encode,
    load,
    parse,
    patch_text,
)

# With more names, reading all items of their kind is faster than looking for each name.
_MOST_NAMES = 5
# In a longer input, looking for monitors takes too long for one word about the cost of a repair.
_MOST_FOR_MONITORS = 1_000_000


def run(
    raw: bytes,
    flags: dict[str, object],
    config_file: bytes | None = None,
    options: OutputOptions = OutputOptions(),  # noqa: B008 (immutable)
    typed: dict[str, str] | None = None,
    *,
    is_apart: bool = True,
) -> Output:
    """Return the output for stdin `raw`, with settings from command-line `flags`.

    `config_file` is the functionConfig that kustomize hands to an exec plugin; `typed` tells how
    each flag was written. A long input is read in parts if it can be, and `is_apart`. Never raises
    for what the input holds.
    """
    # All other outputs give lines of the whole input.
    wanted = Wanted(exporter_names()) if options.output == MANIFESTS else None
    try:
        may_be_empty = config_file is not None
        found = _read(raw, wanted, options, may_be_empty=may_be_empty, is_apart=is_apart)
        if not found.source.omitted and len(raw) > _MOST_FOR_MONITORS:
            # The text says the same, and both take a fifth of the memory of a long run.
            raw = b""
        function_config = _function_config(found, config_file)
        try:
            settings = settle_for(function_config, flags, typed)
            looks = found.source.omitted or found.parts is not None
            names = dependency_words(found, settings, raw) if looks else ()
            if found.source.omitted:
                wider = _wanted(settings, names)
                if wider != wanted:
                    found = _read(raw, wider, options, is_apart=is_apart)
            if found.parts is not None and _is_tied(settings, names, options):
                raise NotApart
            refuse_silence(settings, found.stream)
        except ConfigError as error:
            return _refused(error, function_config, found, options)
        is_whole = found.parts is None and not found.source.omitted
        found = found._replace(tells_who_scrapes=is_whole or settings.looks_at_scrapes)
        outcome = _judge(found, settings, names, options)
        if _asks_who_scrapes(outcome, raw):
            outcome = _judge_with_monitors(found, raw, settings, names, options)
        if not outcome.workloads and not outcome.results:
            outcome = _with_no_workload(outcome, raw, options)
        return write(check_edits(outcome, options), options)
    except NotApart:
        raw = raw or b"".join(encode(found.source))
        return run(raw, flags, config_file, options, typed, is_apart=False)
    except BadInput as error:
        return Output((), (error_line(str(error)),), BAD_INPUT)


def _refused(
    error: ConfigError, function_config: object, found: Input, options: OutputOptions
) -> Output:
    """Return the output for a setting that is wrong; a flag is an error of the command line.

    Raises NotApart for parts, where an error in another item comes first.
    """
    if found.parts is not None:
        raise NotApart
    if error.field.startswith("--"):
        raise error
    from fix_ksm_probes.report.results import config_result

    identity = identify(function_config) if error.field != "functionConfig" else None
    outcome = Outcome(found, Settings(), results=(config_result(error, identity),))
    return write(check_edits(outcome, options), options)._replace(exit_code=BAD_INPUT)


def _is_tied(settings: Settings, names: tuple[str, ...], options: OutputOptions) -> bool:
    """Tell whether repairing one item may change another, or the output needs all items at once.

    `names` are the words that `dependency_words` returns.
    """
    return (
        settings.changes_beside
        or settings.emit == NONE
        or HOST_NETWORK in names
        or options.output in (COMPONENT, *DRAWINGS)
    )


def settle_for(
    function_config: object, flags: dict[str, object], typed: dict[str, str] | None
) -> Settings:
    """Return the settings of a functionConfig, None without one, overridden by those of flags.

    `typed` has each flag as it was written. Raises ConfigError.
    """
    names = {**written_as(function_config), **(typed or {})}
    return settle(read_function_config(function_config), flags, typed=names)


def _read(
    raw: bytes,
    wanted: Wanted | None,
    options: OutputOptions,
    *,
    may_be_empty: bool = False,
    is_apart: bool = False,
) -> Input:
    try:
        return read(raw, wanted, may_be_empty=may_be_empty, is_apart=is_apart)
    except BadInput as error:
        raise BadInput(f"{options.path}: {error}") from None


def _judge(
    found: Input, settings: Settings, names: tuple[str, ...], options: OutputOptions
) -> Outcome:
    if found.parts is None:
        return report(found, repair(found, settings), settings)
    from fix_ksm_probes.pipeline.item_by_item import judge_each

    words = wanted_beside(settings, names).kinds
    return judge_each(found, found.parts, settings, words, options)


def _asks_who_scrapes(outcome: Outcome, raw: bytes) -> bool:
    if outcome.read.tells_who_scrapes or not leaves_unnoticed(outcome):
        return False
    return len(raw) <= _MOST_FOR_MONITORS and may_name(raw, MONITORS)


def leaves_unnoticed(outcome: Outcome) -> bool:
    """Tell whether a repair leaves a program that can hang without the kubelet noticing it."""
    fixes = (result.fix for each in outcome.workloads for result in each.results)
    return any(fix and fix.unnoticed for fix in fixes)


def _judge_with_monitors(
    found: Input, raw: bytes, settings: Settings, names: tuple[str, ...], options: OutputOptions
) -> Outcome:
    from fix_ksm_probes.manifests.related import WATCHING

    names = (*names, *WATCHING)
    if found.source.omitted:
        found = _read(
            raw, wanted_beside(settings, names), options, is_apart=found.parts is not None
        )
    return _judge(found._replace(tells_who_scrapes=True), settings, names, options)


def _with_no_workload(outcome: Outcome, raw: bytes, options: OutputOptions) -> Outcome:
    found, settings = outcome.read, outcome.settings
    # In a pipeline of functions, a function often has nothing to repair.
    is_gate = settings.mode == CHECK or found.stream.results is None or settings.has_target
    if options.output in DRAWINGS or (options.quiet and settings.mode != CHECK):
        return outcome
    from fix_ksm_probes.manifests.other_files import SIGNS_OF_SOURCES, may_be_source

    if found.source.omitted and may_be_source(raw):
        found = _read(raw, Wanted(exporter_names(), SIGNS_OF_SOURCES), options)

    from fix_ksm_probes.report.results import no_workload

    items = found.naming((*SIGNS_OF_SOURCES, *exporter_names()))
    result = no_workload(counted(found.objects, "object"), items, settings)
    return outcome._replace(results=(result,)) if is_gate or result.severity != INFO else outcome


def check_edits(outcome: Outcome, options: OutputOptions) -> Outcome:
    """Return `outcome` with the edits of the output, which passed the two-path check.

    If they do not pass, nothing is changed, and that is the only result.
    """
    try:
        return _with_edits(outcome, options)
    except PatchMismatch:
        from fix_ksm_probes.report.results import mismatch_result

        outcome = Outcome(outcome.read, outcome.settings, results=(mismatch_result(),))
    try:
        return _with_edits(outcome, options)
    except PatchMismatch:
        return outcome


def _with_edits(outcome: Outcome, options: OutputOptions) -> Outcome:
    patch = manifests_patch(outcome) if options.output == MANIFESTS else outcome.patch
    # A drawing shows the input, not the output.
    if not patch or options.output in DRAWINGS:
        return outcome
    found = outcome.read
    if found.parts is not None:
        return outcome._replace(edits=(*outcome.edits, *found.parts.patch_frame(patch)))
    return outcome._replace(edits=patch_text(found.source, found.documents, patch).edits)


def dependency_words(found: Input, settings: Settings, raw: bytes = b"") -> tuple[str, ...]:
    """Return words of the items that workloads depend on: names of files, host networks, roles.

    `raw` is the whole input, if a part of it is omitted.
    """
    # Hosts and ports may depend on a ConfigMap that names no program.
    items = found.naming((HOST_NETWORK, "configMap", "secret"))
    workloads = [each for item in items for each in find_workloads(item)]
    names = [*dict.fromkeys(name for each in workloads for name in objects_asked_for(each))]
    if len(names) > _MOST_NAMES:
        names = ["ConfigMap", "Secret"]
    names += (*_accounts(found, raw), *_kustomizations(found, raw))
    # Any other workload may use a port of the node.
    shares = any(read_pod(each).host_network for each in workloads)
    names += (HOST_NETWORK,) if shares else ()
    # With many workloads, looking at each takes too long.
    if settings.looks_at_scrapes and (
        found.parts is not None or any(may_run_a_proxy(read_pod(each)) for each in workloads)
    ):
        from fix_ksm_probes.manifests.related import ACCESS

        names += ACCESS
    return tuple(names)


def _accounts(found: Input, raw: bytes) -> tuple[str, ...]:
    """Return words of the ServiceAccounts that may say that exporters get no token."""
    if found.parts is not None:
        # Reading each item once more for its account takes too long.
        return ("kind: ServiceAccount",)
    if found.source.omitted and AUTOMOUNT.encode() not in raw:
        return ()
    workloads = (each for item in found.naming(exporter_names()) for each in find_workloads(item))
    accounts = dict.fromkeys(filter(None, map(account_of, workloads)))
    # An account with the name of an exporter is looked for anyway.
    others = [each for each in accounts if not any(name in each for name in exporter_names())]
    return tuple(f"name: {each}" for each in others[:_MOST_NAMES])


def _kustomizations(found: Input, raw: bytes) -> tuple[str, ...]:
    """Return words of the kustomizations that may replace references to variables."""
    is_needed = found.parts is not None or KUSTOMIZE.encode() in raw
    return (KUSTOMIZE,) if is_needed else ()


def _wanted(settings: Settings, names: tuple[str, ...]) -> Wanted | None:
    if settings.emit == NONE:
        return None
    return wanted_beside(settings, names)


def wanted_beside(settings: Settings, names: tuple[str, ...]) -> Wanted:
    """Return what to look for: `names`, and all other items that matter to the workloads."""
    if not settings.looks_beside:
        return Wanted(exporter_names(), names)
    from fix_ksm_probes.manifests.related import ANY_POD, KINDS

    others = (ANY_POD,) if settings.looks_at_other_pods else ()
    return Wanted(exporter_names(), (*KINDS, *others, *names))


def _function_config(found: Input, config_file: bytes | None) -> object:
    """Return the functionConfig of the config file, or else that of the ResourceList."""
    if config_file is None:
        return found.stream.function_config
    try:
        roots = [load(document.root) for document in parse(decode(config_file).text)]
    except BadInput as error:
        raise BadInput(f"config file: {error}") from None
    if len(roots) > 1:
        raise BadInput("the config file holds several documents; one functionConfig is accepted")
    return roots[0] if roots else None
