"""The page that `--help` prints, made from the definition of the settings."""

from __future__ import annotations

from fix_ksm_probes import __version__
from fix_ksm_probes.settings.arguments import parser
from fix_ksm_probes.settings.fields import API_VERSION, FIELDS, KIND
from fix_ksm_probes.settings.kinds import Labels
from fix_ksm_probes.yamlpatch.scalars import flow_text

_ABOUT = """\
Finds each probe of kube-state-metrics behind kube-rbac-proxy that the kubelet
cannot pass, says why, and repairs it.

Without PATH it is a filter and a KRM function: it reads YAML documents, a List,
JSON or a ResourceList from stdin, and writes the same to stdout with the
repairs. All other bytes stay. With PATHs it reads files and folders, and
changes them only with --write. Findings go to stderr, and into the results of a
ResourceList.

examples:
  helm template CHART | fix-ksm-probes -q --mode=check
  kustomize build | fix-ksm-probes --mode=dedicated-port | kubectl apply -f -
  fix-ksm-probes --mode=check deploy/
  fix-ksm-probes --mode=dedicated-port -o diff deploy/ | git apply
  fix-ksm-probes --mode=dedicated-port --write deploy/ksm.yaml
  fix-ksm-probes --explain deploy/ksm.yaml
  fix-ksm-probes --rule LoopbackOnly

modes:
  probe-disable   remove the probe; nothing notices a hung kube-state-metrics
  dedicated-port  point the probe at a port of its own, where a small
                  kube-rbac-proxy answers the health path without a token and
                  everything else with 401
  through-proxy   point the probe at the existing proxy, and let the health path
                  through
  check           change nothing"""

_MORE = """\
exit codes:
  0  nothing is wrong, or all is repaired
  1  something is still wrong: a ResourceList comes out unchanged except for its
     results, and other input does not come out; with PATHs and without --write,
     also if a file would change
  2  the input, a setting or the command line is wrong

the settings as a functionConfig, with their defaults; in a v1 ConfigMap their
names are answeredBy, targetName and so on, and every value is text:
{function_config}"""


def help_page(outputs: tuple[str, ...]) -> str:
    """Return the page of `--help`, at most 80 columns wide."""
    made = parser(outputs)
    made.description = f"fix-ksm-probes {__version__}\n\n{_ABOUT}"
    made.epilog = _MORE.format(function_config=_function_config())
    return made.format_help()


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
