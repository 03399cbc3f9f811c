from zhilu.server.ledger.models.base import Evidential
from zhilu.server.ledger.models.entries import Entry
from zhilu.server.ledger.models.tree import Checkpoint, CosignerState, SignedCheckpoint, Tile

__all__ = ["Checkpoint", "CosignerState", "Entry", "Evidential", "SignedCheckpoint", "Tile"]
