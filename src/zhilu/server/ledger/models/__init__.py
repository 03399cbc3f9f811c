from zhilu.server.ledger.models.base import Derived, Evidential
from zhilu.server.ledger.models.entries import Entry
from zhilu.server.ledger.models.tree import Checkpoint, CosignerState, SignedCheckpoint, Tile

__all__ = ["Checkpoint", "CosignerState", "Derived", "Entry", "Evidential", "SignedCheckpoint", "Tile"]
