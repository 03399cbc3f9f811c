from zhilu.server.equipment.models.devices import (
    Assignment,
    DockCredential,
    Finding,
    Recorder,
    Revocation,
    Station,
)
from zhilu.server.equipment.models.held import Alarm, Handover, LogbookLine, SeenNonce, Watched

__all__ = [
    "Alarm",
    "Assignment",
    "DockCredential",
    "Finding",
    "Handover",
    "LogbookLine",
    "Recorder",
    "Revocation",
    "SeenNonce",
    "Station",
    "Watched",
]
