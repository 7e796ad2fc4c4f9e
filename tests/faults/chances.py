"""How many faults are injected: `FAULTS=5000 pytest tests/faults`, or `make faults`, for more."""

from __future__ import annotations

import os

COUNT = int(os.environ.get("FAULTS", "50"))
SEED = int(os.environ.get("FAULTS_SEED", "1"))
