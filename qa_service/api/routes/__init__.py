"""Routes, one file a noun."""

from qa_service.api.routes import (
    analyses,
    appeals,
    conversations,
    customers,
    health,
    imports,
    insight,
    jobs,
    keys,
    outcomes,
    periods,
    rescores,
    reviews,
    rollouts,
    rulebook,
    sops,
)

ROUTERS = (
    health.router,
    conversations.router,
    analyses.router,
    imports.router,
    jobs.router,
    sops.router,
    rollouts.router,
    rulebook.router,
    outcomes.router,
    insight.router,
    reviews.router,
    appeals.router,
    periods.router,
    rescores.router,
    keys.router,
    customers.router,
)
