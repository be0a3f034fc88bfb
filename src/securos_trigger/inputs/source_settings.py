"""The settings of an input as the source of a pipeline: what its messages are, and how they come."""

from pydantic import BaseModel, ConfigDict, SerializeAsAny

from securos_trigger.inputs.device_connection import DeviceConnection
from securos_trigger.inputs.file_settings import FileSettings
from securos_trigger.inputs.http_settings import HttpSettings
from securos_trigger.inputs.mqtt_settings import MqttSettings
from securos_trigger.inputs.settings import InputSettings
from securos_trigger.inputs.stream_connection import StreamConnection


class InputSourceSettings(BaseModel):
    """A kind of input with its settings (`reads`), and its transport."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    type: str
    reads: SerializeAsAny[InputSettings]
    transport: MqttSettings | HttpSettings | DeviceConnection | StreamConnection | FileSettings

    @property
    def source_name(self) -> str:
        """What the source is called in notices."""
        return self.reads.source_name
