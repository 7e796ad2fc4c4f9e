"""An engine, the image, and what calls it, each made ready once."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.e2e.binaries import Program, binary
from tests.image.engine import IMAGE, ROOT, Engine, NoEngine, prepare
from tests.image.tree import Entry, export

_KUSTOMIZE = Program(
    "kustomize", "sigs.k8s.io/kustomize/kustomize/v5", ".", (((0, 0, 0), (5, 8, 1)),)
)


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """Return an engine; without one the tests fail in CI and are skipped elsewhere."""
    try:
        return prepare(tmp_path_factory.mktemp("shims"))
    except NoEngine as error:
        if os.environ.get("CI"):
            pytest.fail(f"no container engine: {error}")
        pytest.skip(f"no container engine: {error}")


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return what is built, as it was at first: who works beside the tests changes no build."""
    folder = tmp_path_factory.mktemp("source")
    for name in ("fn", "image"):
        shutil.copytree(ROOT / name, folder / name)
    for name in ("Dockerfile", ".dockerignore", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    return folder


@pytest.fixture(scope="session")
def image(engine: Engine, source: Path) -> Engine:
    """Return the engine, the image built."""
    built = engine.build(source, "--tag", IMAGE)
    assert built.returncode == 0, (built.stdout + built.stderr).decode()[-4000:]
    return engine


@pytest.fixture(scope="session")
def files(image: Engine) -> dict[str, Entry]:
    """Return all that the image holds, by its path."""
    return export(image, IMAGE)


@pytest.fixture(scope="session")
def standalone_kustomize() -> Path:
    """Return the standalone kustomize, built where the cache lacks it."""
    return binary(_KUSTOMIZE, (5, 8, 1))
