from zhilu.server.federation.models.evidence import Contradiction, Joined
from zhilu.server.federation.models.following import Cosigned, Kept, Mirror, Watch

__all__ = ["Contradiction", "Cosigned", "Joined", "Kept", "Mirror", "Watch"]
