from zhilu.server.equipment.models.devices import Assignment, DockCredential, Recorder, Revocation, Station
from zhilu.server.equipment.models.held import Alarm, Handover, LogbookLine, SeenNonce

__all__ = [
    "Alarm",
    "Assignment",
    "DockCredential",
    "Handover",
    "LogbookLine",
    "Recorder",
    "Revocation",
    "SeenNonce",
    "Station",
]
