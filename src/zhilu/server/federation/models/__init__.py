from zhilu.server.federation.models.adoption import Adopted, Adopting
from zhilu.server.federation.models.evidence import Contradiction, Joined, NeighbourKeys, Parted, Parting
from zhilu.server.federation.models.following import Comparison, Cosigned, Given, Kept, Mirror, Watch

__all__ = [
    "Adopted",
    "Adopting",
    "Comparison",
    "Contradiction",
    "Cosigned",
    "Given",
    "Joined",
    "Kept",
    "Mirror",
    "NeighbourKeys",
    "Parted",
    "Parting",
    "Watch",
]
