from zhilu.server.equipment.models.alarms import Alarm, AlarmStep
from zhilu.server.equipment.models.devices import (
    Assignment,
    Certificate,
    DockCredential,
    Equipment,
    Finding,
    Finger,
    Issue,
    Recorder,
    Revocation,
    Station,
)
from zhilu.server.equipment.models.dock_keys import PendingDockKey
from zhilu.server.equipment.models.health import StationHealth
from zhilu.server.equipment.models.held import Awaited, Handover, LogbookLine, SeenNonce, Watched
from zhilu.server.equipment.models.told import (
    Docked,
    Docking,
    HandedOver,
    HeldLogbook,
    LoggedAbsence,
    LoggedRecording,
    LoggedRefusal,
)

__all__ = [
    "Alarm",
    "AlarmStep",
    "Assignment",
    "Awaited",
    "Certificate",
    "DockCredential",
    "Docked",
    "Docking",
    "Equipment",
    "Finding",
    "Finger",
    "HandedOver",
    "Handover",
    "HeldLogbook",
    "Issue",
    "LogbookLine",
    "LoggedAbsence",
    "LoggedRecording",
    "LoggedRefusal",
    "PendingDockKey",
    "Recorder",
    "Revocation",
    "SeenNonce",
    "Station",
    "StationHealth",
    "Watched",
]
