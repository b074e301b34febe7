"""Tickets on the weekly report: what departments were handed, and first of all what they owe."""

from qa_service.report.figures import Json
from qa_service.report.texts import say


def with_tickets(document: Json, tickets: Json | None) -> Json:
    """The document with open tickets; overdue ones are the first thing to do. Without any it stays as it is."""
    if not tickets:
        return document
    late = [say("todo.tickets", n=tickets["overdue"])] if tickets["overdue"] else []
    return document | {"tickets": tickets, "todo": [*late, *document["todo"]]}
