"""Rapport: live customer support and CRM in one light server."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask

# Left to right: each may import from the floor and from what stands before it.
FEATURES = ["accounts", "customers", "catalog", "conversations", "tickets", "notifications", "portal", "ops"]


def create_app(*arguments: Any, **options: Any) -> "Flask":
    """See crm/app.py, which is imported only here: the commands that need no app start at once without it."""
    from .app import create_app

    return create_app(*arguments, **options)
