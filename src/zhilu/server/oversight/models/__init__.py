from zhilu.server.oversight.models.absence import Day, Hole, Named, Reach, Reconciled

__all__ = ["Day", "Hole", "Named", "Reach", "Reconciled"]
