"""Prometheus metrics: requests, and what waits in the queue at the moment of asking. Counts only, no ids."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from qa_service.store import ConversationFilter, Store

BUCKETS = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class StoreCollector(Collector):
    """Gauges read from the store when Prometheus asks."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def describe(self) -> list[Metric]:
        """Nothing: describing would read the store when the app starts."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Jobs and deliveries by state, the age of the oldest waiting job, and the number of conversations."""
        with self.store.reading() as work:
            counts, oldest = work.jobs.counts(), work.jobs.oldest_due()
            deliveries = work.deliveries.counts()
            conversations = work.conversations.count(ConversationFilter())
        jobs = GaugeMetricFamily("qa_jobs", "Jobs by state.", labels=["state"])
        for state, count in counts.items():
            jobs.add_metric([state.value], count)
        yield jobs
        sent = GaugeMetricFamily("qa_deliveries", "Notices on their way, sent, or dead.", labels=["state"])
        for where, count in deliveries.items():
            sent.add_metric([where.value], count)
        yield sent
        waits = (self.store.clock() - oldest).total_seconds() if oldest else 0.0
        yield GaugeMetricFamily("qa_oldest_job_seconds", "How long the oldest due job waits.", value=max(0.0, waits))
        yield GaugeMetricFamily("qa_conversations", "Conversations stored.", value=conversations)


class Metrics:
    """The metrics of one app."""

    def __init__(self, store: Store) -> None:
        self.registry = CollectorRegistry()
        labels = ["method", "route", "status"]
        self.requests = Counter("qa_http_requests", "Requests answered.", labels, registry=self.registry)
        self.seconds = Histogram(
            "qa_http_request_seconds", "Time to answer.", ["route"], registry=self.registry, buckets=BUCKETS
        )
        self.registry.register(StoreCollector(store))

    def answered(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        self.requests.labels(method, route, str(status)).inc()
        self.seconds.labels(route).observe(seconds)
