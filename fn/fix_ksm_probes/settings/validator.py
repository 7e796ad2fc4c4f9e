"""When a run may give nothing back: under `validators:` of kustomize, and nowhere else."""

from __future__ import annotations

from fix_ksm_probes.manifests.stream import Stream
from fix_ksm_probes.settings.fields import NONE, Settings
from fix_ksm_probes.settings.kinds import ConfigError
from fix_ksm_probes.yamlpatch import value_at

_ID = ("metadata", "annotations", "kustomize.config.k8s.io/id")


def refuse_silence(settings: Settings, stream: Stream) -> None:
    """Refuse `emit: none` where it would lose what came in.

    A validator of kustomize must answer with no item at all; any other caller takes that for the
    removal of everything. kustomize 5.0.1 to 5.8.1 mark each item that they send with an id of
    their own. Raises ConfigError.
    """
    if settings.emit != NONE:
        return
    if not all(value_at(item.resource, _ID) is not None for item in stream.items):
        raise ConfigError(
            settings.typed("emit"),
            "none is accepted from kustomize only, under `validators:`; "
            "to any other caller it means that all items are gone",
        )
