from zhilu.server.oversight.models.absence import Day, Hole, Reach, Reconciled

__all__ = ["Day", "Hole", "Reach", "Reconciled"]
