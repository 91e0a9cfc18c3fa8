"""Every address of the app, filled with one workspace's ids, numbers, keys and tokens."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
from flask import Flask

from crm.files import link_token
from tests import make
from tests.floor import shelf
from tests.floor.world import World

SIDES = {"widget": "widget", "health": "root", "root": "root", "mailbox": "root", "static": "root"}
UPGRADE = {"Connection": "Upgrade", "Upgrade": "websocket", "Origin": "http://localhost", "Sec-WebSocket-Version": "13",
           "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}  # fmt: skip

# The tables whose rows a word of a path means, where they are not called so.
MEANT = {
    "customers": "people",
    "employees": "people",
    "<kind>": "people",
    "of": "people companies",
    "cells": "people companies products transactions",
    "invitations": "tokens",
    "views": "saved_views",
    "blocked": "people",
    "duplicates": "people duplicate_pairs",
    "exports": "person_exports",
    "relations": "relations relation_kinds",
    "gone": "companies gone_companies",
    "merges": "customer_merges ticket_merges",
    "fields": "custom_fields",
    "lines": "transaction_lines phone_lines",
    "cart": "products transaction_lines",
    "items": "checklist_items",
    "promises": "sla_policies",
    "steps": "escalations escalation_steps",
    "devices": "push_devices",
}


@dataclass(frozen=True)
class Address:
    """`named` is whether the path itself names something of the workspace it was filled with."""

    endpoint: str
    method: str
    path: str
    named: bool
    socket: bool

    @property
    def side(self) -> str:
        return SIDES.get(self.endpoint.split(".")[0], "tenant")

    def __str__(self) -> str:
        return f"{self.method} {self.path} ({self.endpoint})"


def addresses(
    app: Flask, ids: list[Any], numbers: list[int], keys: list[str], tables: dict[Any, str] | None = None
) -> Iterator[Address]:
    """Each rule and method with each of the values that fit into it.

    With `tables` (see `tables_of`) a path that names a table is filled with the ids of its rows alone and any other one.
    """
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            for values in fillings(rule, fitting(rule, ids, tables or {}), numbers, keys):
                path = app.url_map.bind("").build(rule.endpoint, values, method, append_unknown=False)
                named = bool(values.keys() & {"id", "number", "key", "token"})
                yield Address(rule.endpoint, method, path, named, rule.websocket)


def fitting(rule: Any, ids: list[Any], tables: dict[Any, str]) -> list[Any]:
    noun = rule.rule.partition("/<uuid:id>")[0].rpartition("/")[2].replace("-", "_")
    fits = [id for id in ids if tables.get(id) in MEANT.get(noun, noun).split()]
    return [*fits, next(id for id in ids if id not in fits)] if fits else ids


def tables_of(world: World) -> dict[Any, str]:
    return {row.id: row.__tablename__ for row in vars(world.rows).values() if hasattr(row, "id")}


def fillings(rule: Any, ids: list[Any], numbers: list[int], keys: list[str]) -> Iterator[dict[str, Any]]:
    choices = {"id": ids, "number": numbers, "key": keys, "token": keys, "view": ["queue"], "part": ["header"]}
    choices |= {"filename": ["app.js"], "kind": ["customer"], "step": ["correction", "run", "pause", "undo"]}
    choices["who"] = ["customers", "companies"]
    unknown = rule.arguments - choices.keys()
    assert not unknown, f"{rule} has an argument that this walk does not know: {unknown}"
    found: list[dict[str, Any]] = [{}]
    for name in sorted(rule.arguments):
        found = [{**one, name: value} for one in found for value in choices[name]]
    yield from found


def ids_of(world: World) -> list[uuid.UUID]:
    rows = vars(world.rows)
    return [world.attachment_id, world.session_id, *(row.id for row in rows.values() if hasattr(row, "id"))]


def numbers_of(world: World) -> list[int]:
    return [world.conversation.number, world.waiting.number, world.ticket.number]


def keys_of(world: World) -> list[str]:
    with make.inside(world.slug):
        file = link_token(world.attachment_id)
    return [
        world.invitation_key,
        world.reset_key,
        world.link_key,
        world.rating_token,
        world.open_rating_token,
        world.follow_up_token,
        world.follow_up_token,
        world.case_key,
        world.pay_key,
        file,
    ]


def form_of(world: World) -> dict[str, Any]:
    """Something that fits into every form, and names a row of `world` wherever a row can be named."""
    people = {"employee_id": world.agent.id, "customer_id": world.customer.id, "department_id": world.department.id}
    ids = {**people, "id": world.message.id, "tenant_id": world.tenant.id, "conversation_id": world.conversation.id}
    words = {"body": "Hello", "kind": "chat", "name": "Somebody", "feedback": "", "note": "", "shortcut": "hello"}
    numbers = {"seq": 1, "stars": 5, "place": 0, "after": 0, "before": 5, "position": 0, "version": 1}
    account = {"email": "somebody@example.com", "password": "a long new sentence", "role": "agent", "token": "t" * 43}
    words |= {
        "way": "note",
        "subject": "A ticket",
        "type": "task",
        "priority": "normal",
        "ticket_id": str(uuid.uuid4()),
    }
    words |= {"made_right": "yes", "answer": "", "reasons": "Speed", "rest_days": "0"}
    words |= {"due_at": "2030-01-02T10:00", "text": "Call", "close_days": "4", "owner_id": str(world.agent.id)}
    words |= {"at": f"/conversations/{world.conversation.number}", "app": "assigned", "quiet_from": "", "quiet_to": ""}
    people |= {"host": "imap.example.com", "port": 993, "security": "tls", "username": "somebody", "folder": "INBOX"}
    people |= {"purpose_id": world.purpose.id, "source": "said", "given": "1"}
    people |= {
        "assignee_id": world.agent.id,
        "action": "assign",
        "other": world.ticket.number,
        "conversation": world.waiting.number,
        "tag": world.slug,
    }
    words |= shelf.words(world.slug, world.canary)
    fields = {
        **ids,
        **people,
        **words,
        **numbers,
        **account,
        "to": f"employee:{world.agent.id}",
        "availability": "busy",
    }
    return {**{name: str(value) for name, value in fields.items()}, "client_id": str(uuid.uuid4())}


def snapshot(superuser_url: str, tenant_id: uuid.UUID) -> dict[str, str]:
    """{table: a hash of every row of the tenant}."""
    with psycopg.connect(superuser_url) as connection:
        query = "SELECT table_name::text FROM information_schema.columns WHERE column_name = 'tenant_id' AND table_schema = 'public'"
        tables = [name for (name,) in connection.execute(query).fetchall()]
        digest = "SELECT count(*) || ' ' || coalesce(md5(string_agg(t::text, '' ORDER BY t::text)), '') FROM {} t WHERE tenant_id = %s"
        found = {name: connection.execute(digest.format(name), [tenant_id]).fetchone() for name in sorted(tables)}
        found["tenants"] = connection.execute("SELECT t::text FROM tenants t WHERE id = %s", [tenant_id]).fetchone()
    return {name: row[0] for name, row in found.items() if row}
