"""Topics of ONVIF: which are news of what a camera notices, and which are states of the device."""

from __future__ import annotations

import pytest

from securos_trigger.inputs.onvif.topics import is_of_the_device, is_video_loss

OF_THE_DEVICE = (
    *("VideoSource/DayNightVision", "VideoSource/LiveStreamAccessed", "VideoSource/ABR", "VideoSource/Autofocus"),
    *("VideoSource/SignalLoss", "VideoSource/ConfigurationChanged", "PTZController/PTZPresets/Channel_1"),
    *("PTZController/Move/Channel_1", "Storage/Disruption", "Storage/Recording", "UserAlarm/Recurring/Interval"),
    *(
        "Device/HardwareFailure/StorageFailure",
        "Device/Status/SystemReady",
        "Device/Network/Lost",
        "Device/Light/Status",
    ),
    *("Device/MQTT/ClientStatus", "Device/Trigger/Relay", "Device/IO/OutputPort", "LightControl/LightStatusChanged"),
    *("Monitoring/ProcessorUsage", "RecordingConfig/JobState", "RecordingHistory/Track/State", "Media/ProfileChanged"),
    *("MediaClip/Playing", "AudioControl/DigitalSignalStatus", "Configuration/Profile", "AirQualityMonitor/Metadata"),
    *(
        "SoundPressureLevel/Summary",
        "Device",
        "monitoring",
        "Device/OperationMode/ShutdownInitiated",
        "Device/HeartBeat",
    ),
    *(
        "Device/Heater/Status",
        "Device/Relay/1",
        "Device/IO/VirtualOutput",
        "Device/EdgeStorage/Full",
        "Device/DiskError",
    ),
    *(
        "Device/LightControl/On",
        "VideoSource/Focus",
        "VideoSource/ResolutionChanged",
        "AudioSource/ConfigurationChanged",
    ),
    *("LightStatus/1", "Light/1", "Device/FanFailure", "Device/SystemMessage/ActionFailed"),
)
NEWS = (
    *("RuleEngine/CellMotionDetector/Motion", "RuleEngine/TamperDetector/Tamper", "VideoSource/MotionAlarm"),
    *(
        "VideoSource/Tampering",
        "VideoSource/GlobalSceneChange/ImagingService",
        "VideoSource/ImageTooDark/ImagingService",
    ),
    *("VideoSource/Alarm", "VideoSource/TemperatureDetection", "VideoAnalytics/MotionDetection"),
    *("AudioSource/TriggerLevel", "AudioAnalytics/Audio/DetectedSound", "AudioClassification/GlassBreak"),
    *("Device/Trigger/DigitalInput", "Device/IO/Port", "Device/IO/VirtualInput", "Device/IO/SupervisedPort"),
    *("Device/Sensor/PIR", "Device/Casing/Open", "Device/Tampering/ShockDetected", "Device/AlarmIn"),
    *("Device/CallButton", "Device/Doorbell/Pressed", "Device/Panic", "Device/Emergency", "Device/Door", "Device/PIR"),
    *("Device/Button/Pressed", "Device/Intrusion", "Device/VirtualInput", "Device/SoundDetection", "Device/Motion"),
    *("Device/HumanDetection", "Device/Alert", "Device/ExternalTrigger", "Device/Shock", "Device/DigitalInput"),
    *("Device/Trigger/RelayInput", "Device/IO/InputOutputPort", "VideoSource/SceneChanged", "VideoSource/ViewChanged"),
    *("VideoSource/OutOfFocus", "VideoSource/Defocus", "VideoSource/LossOfFocus", "VideoSource/CameraPositionChanged"),
    *(
        "AudioSource/SoundChanged",
        "LightBarrier/Broken",
        "PTZController/AutoTracking",
        "PTZController/ObjectTracking/1",
    ),
    *("CameraApplicationPlatform/VMD/Camera1Profile1", "UserAlarm/GuardTour", "AirQualityMonitor/Vaping", "", "/"),
)


@pytest.mark.parametrize("topic", OF_THE_DEVICE)
def test_a_state_of_the_device_is_no_news(topic: str) -> None:
    assert is_of_the_device(topic)


@pytest.mark.parametrize("topic", NEWS)
def test_what_comes_from_outside_is_news(topic: str) -> None:
    assert not is_of_the_device(topic)


def test_an_encoder_that_has_lost_its_camera() -> None:
    assert is_video_loss("VideoSource/SignalLoss")
    assert not is_video_loss("VideoSource/MotionAlarm")
    assert not is_video_loss("SignalLoss")
