"""What an operator watches: requests by city and status, and how long they took.

With several web processes on one machine, PROMETHEUS_MULTIPROC_DIR names the folder in which they
keep their figures together (see the Prometheus client's documentation); `veche web` sets it.
"""

import os

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

REQUESTS = Counter("veche_requests", "Requests answered", ["site", "tenant", "status"])
SECONDS = Histogram(
    "veche_request_seconds",
    "Time until the answer began",
    ["site"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
MEDIA_TYPE = CONTENT_TYPE_LATEST


def exposition() -> bytes:
    """All figures in Prometheus' text format."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)
    return generate_latest()
