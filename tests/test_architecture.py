"""The architecture: data moves down this table, and no module imports from its own row or below."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "fn" / "fix_ksm_probes"

ROWS = (
    ("errors", "libyaml", "pointer", "scalars", "values"),
    ("text", "emit"),
    ("nodes",),
    ("braces", "load"),
    ("aliases", "document", "lookup", "patch", "shapes"),
    ("fold", "transfers"),
    ("moves",),
    ("rewrite",),
    ("two_paths",),
    ("stream",),
    ("boundaries",),
    ("excerpt",),
    ("workload",),
    ("result",),
    ("pod", "selectors"),
    ("addresses", "config", "neighbours", "request"),
    ("fences", "function_config", "silence"),
    ("listeners", "programs.command_line", "programs.go_path"),
    ("programs.invocation", "programs.resources", "programs.serving_tls"),
    ("programs.releases",),
    ("programs.kube_rbac_proxy", "programs.kube_state_metrics"),
    ("programs.identify",),
    ("reach",),
    ("findings", "meanings"),
    ("fixes.cure",),
    ("fixes.arguments", "fixes.handler", "fixes.health_container", "fixes.target"),
    ("fixes.proxy_endpoints",),
    ("fixes.dedicated_port", "fixes.probe_disable", "fixes.through_proxy"),
    ("fixes",),
    ("gaps", "limits"),
    ("prose",),
    ("guard_prose", "results"),
    ("guards.deed", "guards.added_item"),
    ("guards.bind_loopback", "guards.add_missing", "guards.proxy_first"),
    ("guards.network_policy", "guards.alert", "guards"),
    ("course",),
    ("guards.beside", "lapses", "told"),
    ("outcome",),
    ("reading", "treatment", "outputs.form"),
    ("repair",),
    ("outputs.position",),
    ("outputs.component", "outputs.diff", "outputs.github", "outputs.lines", "outputs.manifests"),
    ("outputs.results", "outputs.sarif", "outputs.table"),
    ("outputs.captions",),
    ("outputs.evidence",),
    ("outputs.stops",),
    ("outputs.witnesses",),
    ("outputs.ends",),
    ("outputs.sketch",),
    ("outputs.explain", "outputs.mermaid"),
    ("outputs",),
    ("pipeline", "options", "schema"),
    ("manual",),
    ("cli",),
    ("__main__",),
)
ONLY = {
    "yaml": ("libyaml",),
    "jsonpatch": ("patch",),
    "typing": ("values",),
    "os": ("cli",),
    "sys": ("cli", "libyaml"),
}

LEVEL = {module: level for level, row in enumerate(ROWS) for module in row}


def _modules() -> dict[str, Path]:
    paths = (path for path in PACKAGE.rglob("*.py"))
    names = {path: ".".join(path.relative_to(PACKAGE).with_suffix("").parts) for path in paths}
    return {name.removesuffix(".__init__"): path for path, name in names.items()}


def _imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return found


MODULES = {name: path for name, path in _modules().items() if name not in ("__init__", "programs")}


def test_every_module_has_its_place() -> None:
    """The table names all modules, and no others."""
    assert LEVEL.keys() == MODULES.keys()


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_up_the_table(module: str) -> None:
    """A module imports from rows above its own only, and third parties in one place only."""
    for imported in _imports(MODULES[module]):
        ours = imported.removeprefix("fix_ksm_probes.")
        if imported.startswith("fix_ksm_probes.") and ours in LEVEL:
            assert LEVEL[ours] < LEVEL[module], f"{module} imports {ours}"
        assert module in ONLY.get(imported.partition(".")[0], (module,))


@pytest.mark.parametrize("module", MODULES)
def test_files_are_small(module: str) -> None:
    """Nobody should have to scroll to see what a file is for."""
    assert len(MODULES[module].read_text().splitlines()) <= 260
