"""When a run may give nothing back: under `validators:` of kustomize, and nowhere else."""

from __future__ import annotations

from fix_ksm_probes.config import CHECK, NONE, Config, ConfigError
from fix_ksm_probes.pointer import value_at
from fix_ksm_probes.stream import Stream

_ID = ("metadata", "annotations", "kustomize.config.k8s.io/id")


def refuse_silence(config: Config, stream: Stream) -> None:
    """Refuse `emit: none` where it would lose what came in.

    A validator of kustomize must answer with no item at all; any other caller takes that for the
    removal of everything. kustomize 5.0.1 to 5.8.1 mark each item that they send with an id of
    their own. Raises ConfigError.
    """
    if config.emit != NONE:
        return
    if config.mode != CHECK:
        raise ConfigError(
            "spec.emit", "none is accepted with mode check only, which repairs nothing"
        )
    if not all(value_at(item.resource, _ID) is not None for item in stream.items):
        raise ConfigError(
            "spec.emit",
            "none is accepted from kustomize only, under `validators:`; "
            "to any other caller it means that all items are gone",
        )
