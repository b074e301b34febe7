"""The worker of the durable queue; what a job does stands in the workflows."""

from qa_service.jobs.worker import Handler, Lease, Worker, worker_name

__all__ = ["Handler", "Lease", "Worker", "worker_name"]
