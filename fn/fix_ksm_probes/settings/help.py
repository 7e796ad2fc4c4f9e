"""The page that `--help` prints, made from the one definition of the settings."""

from __future__ import annotations

from textwrap import wrap

from fix_ksm_probes import __version__
from fix_ksm_probes.settings.arguments import OFF, ON, options
from fix_ksm_probes.settings.fields import API_VERSION, FIELDS, KIND
from fix_ksm_probes.settings.kinds import Labels
from fix_ksm_probes.yamlpatch.scalars import flow_text

_WIDTH = 80
_COLUMN = 28
_USAGE = """\
usage: fix-ksm-probes [OPTIONS] < MANIFESTS
       fix-ksm-probes [OPTIONS] PATH...
"""
_SETTINGS = "  same as in a functionConfig; --answeredBy means --answered-by\n"

_ABOUT = """\
Judges every probe of kube-state-metrics behind kube-rbac-proxy as a kubelet
would meet it, and repairs those that cannot pass. A filter and a KRM function:
YAML documents, a List, JSON or a ResourceList on stdin go to stdout with the
repairs, and every other byte as it came. Findings go to stderr, and into the
results of a ResourceList. With PATHs it reads files and folders, tells what it
finds, and changes nothing unless --write says so."""

_MORE = """\
modes:
  probe-disable   remove the probe; nothing notices a hung kube-state-metrics
  dedicated-port  point the probe at a port of its own, where a small
                  kube-rbac-proxy answers the health path without a token and
                  everything else with 401
  through-proxy   point the probe at the proxy that is there, and let the
                  health path through
  check           change nothing

exit codes:
  0  nothing is wrong, or all is repaired
  1  something is wrong and still wrong: a ResourceList comes out unchanged but
     for its results, and of anything else nothing comes out; with PATHs and
     without --write also where a file would be changed
  2  the input, a setting or the command line is wrong

examples:
  helm template CHART | fix-ksm-probes -q --mode=check
  kustomize build | fix-ksm-probes --mode=dedicated-port | kubectl apply -f -
  fix-ksm-probes --mode=check deploy/
  fix-ksm-probes --mode=dedicated-port -o diff deploy/ | git apply
  fix-ksm-probes --mode=dedicated-port --write deploy/ksm.yaml
  fix-ksm-probes --explain deploy/ksm.yaml

the settings as a functionConfig, with their defaults; in a v1 ConfigMap their
names are answeredBy, targetName and so on, and every value is text:
{function_config}"""


def help_page(outputs: tuple[str, ...]) -> str:
    """Return the page of `--help`, no line of it longer than 80 columns."""
    rows = [_row("PATH", "a file, a folder, or - for stdin"), "\noptions:\n"]
    for option in options(outputs):
        names = ", ".join(name for name in (option.short, option.flag) if name)
        is_long = len(option.choices) > 3
        listed = f": {', '.join(option.choices)}" if is_long else ""
        value = option.name.upper() if is_long else "|".join(option.choices) or option.name.upper()
        if option.alone is not None:
            value = "" if option.alone == ON else f"[{value}]"
        rows.append(_row(f"{names} {value}", option.help + listed))
    rows.append(f"\nsettings:\n{_SETTINGS}\n")
    for field in FIELDS:
        about = [field.help]
        if field.choices:
            about.append(f"accepted: {', '.join(field.choices)}")
        if field.shown_default not in ("", OFF, ",".join(field.choices)):
            about.append(f"default: {field.shown_default}")
        if field.modes:
            about.append(f"mode: {', '.join(field.modes)}")
        value = "" if field.alone else str(field.place[-1]).upper()
        rows.append(_row(f"{field.flag} {value}", "; ".join(about)))
    more = _MORE.format(function_config=_function_config())
    return f"{_USAGE}\nfix-ksm-probes {__version__}\n\n{_ABOUT}\n\n{''.join(rows)}\n{more}"


def _row(names: str, about: str) -> str:
    indent, names = " " * _COLUMN, f"  {names.rstrip()}"
    lines = wrap(
        about, _WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
    )
    if len(names) + 2 > _COLUMN:
        lines.insert(0, names)
    else:
        lines[0] = names.ljust(_COLUMN) + lines[0].lstrip()
    return "".join(f"{line}\n" for line in lines)


def _function_config() -> str:
    lines = [f"apiVersion: {API_VERSION}", f"kind: {KIND}", "metadata:", "  name: fix-ksm-probes"]
    lines.append("spec:")
    for field in FIELDS:
        *above, last = field.place
        for key in above:
            lines += [] if f"  {key}:" in lines else [f"  {key}:"]
        default = field.default
        if isinstance(default, tuple):
            default = {} if isinstance(field, Labels) else list(default)
        lines.append(f"  {'  ' * len(above)}{last}: {flow_text(default)}")
    return "".join(f"  {line}\n" for line in lines)
