"""The manual that `--help` prints, made from the one definition of the settings."""

from __future__ import annotations

from fix_ksm_probes import __version__
from fix_ksm_probes.settings.arguments import OPTIONS, TRUTH
from fix_ksm_probes.settings.fields import FIELDS

_MANUAL = """\
fix-ksm-probes {version}

Judges every probe of kube-state-metrics behind kube-rbac-proxy as a kubelet
would meet it, and repairs those that cannot pass. A filter and a KRM function:
what comes in on stdin (YAML documents, a List, JSON, a ResourceList) goes to
stdout, with every byte that no repair needs as it came. What was found goes to
stderr, and into the results of a ResourceList.

Usage:
  helm template CHART | fix-ksm-probes [--NAME=VALUE ...] | kubectl apply -f -
  fix-ksm-probes [--NAME=VALUE ...] < resourcelist.yaml
  fix-ksm-probes CONFIG_FILE < manifests.yaml     (exec plugin of kustomize)
  fix-ksm-probes --help | --version | --schema[=definition]

Options:
{options}
Settings, as flags (--answeredBy or --answered-by) or as the data of a
v1 ConfigMap that is the functionConfig; flags decide:
{settings}
The same as a functionConfig of its own kind:
  apiVersion: fix-ksm-probes.dev/v1alpha1
  kind: FixKSMProbes
  metadata:
    name: fix-ksm-probes
  spec:
{spec}
Modes:
  probe-disable   removes the probe; a hung kube-state-metrics goes unnoticed
  dedicated-port  points the probe at a port of its own, where a small
                  kube-rbac-proxy answers the health path without a token and
                  everything else with 401
  through-proxy   points the probe at the proxy that is there, which then lets
                  the health path through
  check           changes nothing

Exit code 0: all is well, or repaired. Exit code 1: something is wrong and
still wrong: a ResourceList comes out unchanged but for its results, and of
anything else nothing comes out.
"""

_EXAMPLES = {
    "labels": "{}",
    "text": '""',
}


def manual() -> str:
    """Return the manual, no line of it longer than 80 columns."""
    from textwrap import wrap

    settings = ""
    for field in FIELDS:
        settings += f"  {field.name:<16}{field.help}\n"
        accepted = ", ".join(field.choices)
        default = "" if field.default in ("", "false") else f"default {field.default}"
        more = (accepted, default if field.default != accepted.replace(" ", "") else "")
        for line in (line for text in more for line in wrap(text, 62)):
            settings += f"{'':<18}{line}\n"
    options = ""
    for option in OPTIONS:
        options += f"  {'--' + option.name:<18}{option.help}\n"
        if option.choices and option.choices != TRUTH:
            options += f"{'':<20}{_wrapped(option.choices)}\n"
    return _MANUAL.format(version=__version__, options=options, settings=settings, spec=_spec())


def _wrapped(words: tuple[str, ...]) -> str:
    lines = [""]
    for word in words:
        if len(lines[-1]) + len(word) > 50:
            lines.append("")
        lines[-1] += f"{word}, "
    return f"\n{'':<20}".join(line.rstrip() for line in lines).rstrip(",")


def _spec() -> str:
    lines: list[str] = []
    for field in FIELDS:
        for depth, key in enumerate(field.place[:-1]):
            line = f"    {'  ' * depth}{key}:"
            lines += [] if line in lines else [line]
        kind = _EXAMPLES.get(field.type, field.default)
        kind = f"[{kind.replace(',', ', ')}]" if field.type == "choices" else kind
        lines.append(f"    {'  ' * (len(field.place) - 1)}{field.place[-1]}: {kind}")
    return "\n".join(lines) + "\n"
