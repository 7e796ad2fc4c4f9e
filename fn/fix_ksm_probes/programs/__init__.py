"""The known programs: a registry, and one file for each. These names are for other rooms."""

from fix_ksm_probes.programs.command_line import expand, read_command_line
from fix_ksm_probes.programs.go_path import clean, kubelet_path
from fix_ksm_probes.programs.listeners import (
    ENDPOINTS,
    HIDDEN,
    POD,
    SECURE,
    Address,
    ListenAnalysis,
    Listener,
    Proxy,
    RouteTable,
    Upstream,
    Version,
    dialled_from_inside,
    loopback_of,
    meets,
    overlap,
    read_address,
)
from fix_ksm_probes.programs.program import Demands, Permission, Process, Program
from fix_ksm_probes.programs.registry import (
    exporter_names,
    identify_programs,
    may_ignore_paths,
    may_run_a_proxy,
    objects_asked_for,
)

__all__ = [
    "ENDPOINTS",
    "HIDDEN",
    "POD",
    "SECURE",
    "Address",
    "Demands",
    "ListenAnalysis",
    "Listener",
    "Permission",
    "Process",
    "Program",
    "Proxy",
    "RouteTable",
    "Upstream",
    "Version",
    "clean",
    "dialled_from_inside",
    "expand",
    "exporter_names",
    "identify_programs",
    "kubelet_path",
    "loopback_of",
    "may_ignore_paths",
    "may_run_a_proxy",
    "meets",
    "objects_asked_for",
    "overlap",
    "read_address",
    "read_command_line",
]
