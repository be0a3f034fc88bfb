"""The settings of the element's trigger node: from its properties, from a configuration file, or from both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from securos_trigger.config.never_fires import NEVER_FIRES
from securos_trigger.config.outbox_path import default_outbox_path
from securos_trigger.config.reader import read_config
from securos_trigger.config.settings import PipelineSettings, Settings, TriggerSettings
from securos_trigger.config.time_zone import require_zone
from securos_trigger.errors import ConfigurationError
from securos_trigger.gst.properties import identity_values, node_values
from securos_trigger.runtime.one_node import settings_of_one_node, trigger_named
from securos_trigger.system.user_folders import expanded
from securos_trigger.trigger.property_check import check_properties

#: The outbox of elements that name none, in the user's state folder.
OUTBOX_NAME: Final = "outbox-gstreamer.sqlite"


def element_settings(values: Mapping[str, Any], element: str) -> Settings:
    """The settings that the set properties `values` (by name with dashes) of this element mean.

    Their only pipeline has the only trigger node, and the name of the file's pipeline; empty without a file.
    Raises ConfigurationError with every mistake.
    """
    require_zone(values.get("time-zone") or "", "time-zone")
    if values.get("config"):
        settings = _of_file(values)
    else:
        context = {**identity_values(values), "time_zone": values.get("time-zone") or ""}
        outbox = _absolute(values["outbox"]) if values.get("outbox") else default_outbox_path().with_name(OUTBOX_NAME)
        settings = settings_of_one_node(node_values(values), values.get("node") or element, context, outbox)
    return _with_files(settings, values)


def _of_file(values: Mapping[str, Any]) -> Settings:
    file = read_config(expanded(values["config"]))
    pipeline, trigger = trigger_named(file, values.get("node") or "")
    if own := node_values(values):
        written = {name: getattr(trigger.properties, name) for name in trigger.properties.model_fields_set}
        properties, mistakes = check_properties({**written, **own})
        if properties is None or mistakes:
            raise ConfigurationError(mistakes, f"{values['config']} with the properties of the element")
        trigger = TriggerSettings(trigger.id, properties)
    return replace(
        file,
        pipelines=(PipelineSettings(pipeline, None, (trigger,), None),),
        identity=file.identity.model_copy(update=identity_values(values)),
        time_zone=values.get("time-zone") or file.time_zone,
        # elements before this one may write what no node of the file writes
        placed_warnings=tuple(one for one in file.placed_warnings if one.what != NEVER_FIRES),
    )


def _with_files(settings: Settings, values: Mapping[str, Any]) -> Settings:
    """The settings with the outbox and the ledger that the element names."""
    if path := values.get("outbox"):
        settings = replace(settings, outbox=settings.outbox.model_copy(update={"path": _absolute(path)}))
    if path := values.get("ledger"):
        changed = {"path": _absolute(path), "enabled": True}
        settings = replace(settings, ledger=settings.ledger.model_copy(update=changed))
    return settings


def _absolute(path: str) -> Path:
    return Path(expanded(path)).absolute()
