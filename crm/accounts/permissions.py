"""Who may do what. A role may all that the roles before it may."""

from flask_babel import lazy_gettext as _l

ROLES = {"agent": _l("Agent"), "lead": _l("Team lead"), "admin": _l("Admin"), "owner": _l("Owner")}

GRANTED = {
    "agent": {
        "conversations.read",
        "conversations.reply",
        "tickets.read",
        "tickets.edit",
        "customers.read",
        "customers.edit",
        "catalog.read",
        "transactions.read",
        "transactions.edit",
        "employees.read",
        "profile.edit",
    },
    "lead": {
        "conversations.assign",
        "follow_ups.edit",
        "reports.read",
        "canned_replies.edit",
        "customers.block",
        "customers.export",
        "customers.import",
        "customers.merge",
        "catalog.edit",
        "catalog.export",
        "transactions.export",
        "transactions.refund",
    },
    "admin": {
        "settings.edit",
        "departments.edit",
        "employees.invite",
        "employees.edit",
        "audit.read",
        "customers.erase",
    },
    "owner": {"tenant.delete", "owners.edit"},
}


def permissions_of(role: str) -> frozenset[str]:
    """Every permission of a role, with those of the roles below it."""
    roles = list(ROLES)
    below = roles[: roles.index(role) + 1] if role in roles else []
    return frozenset().union(*(GRANTED[name] for name in below))


def outranks(role: str, other: str) -> bool:
    """Whether `role` stands at or above `other`: nobody gives or takes a role above their own."""
    roles = ["", *ROLES]
    return roles.index(role) >= roles.index(other)


def roles_up_to(role: str | None) -> list[tuple[str, object]]:
    """[(key, word)] that somebody with this role may give."""
    return [(key, word) for key, word in ROLES.items() if outranks(role or "", key)]
