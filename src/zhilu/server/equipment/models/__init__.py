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

__all__ = [
    "Alarm",
    "AlarmStep",
    "Assignment",
    "Awaited",
    "Certificate",
    "DockCredential",
    "Equipment",
    "Finding",
    "Finger",
    "Handover",
    "Issue",
    "LogbookLine",
    "PendingDockKey",
    "Recorder",
    "Revocation",
    "SeenNonce",
    "Station",
    "StationHealth",
    "Watched",
]
