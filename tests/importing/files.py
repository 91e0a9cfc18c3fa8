"""Sends a file as a person does, with the worker's turns in between."""

import io
import re
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from crm.db import db
from crm.importing.jobs import go_on
from crm.importing.models import Import
from tests import make

HERE = "/acme/imports"


def sent(client: FlaskClient, content: bytes | str, name: str = "people.csv", kind: str = "customers") -> str:
    """The address of the import, read by the worker."""
    raw = content.encode() if isinstance(content, str) else content
    answer = client.post(HERE, data={"kind": kind, "file": (io.BytesIO(raw), name)})
    assert answer.status_code == 303, answer.text
    work()
    return str(answer.location)


def work() -> None:
    """What the worker does until nothing is left to do."""
    with make.inside():
        for one in db.session.scalars(select(Import).order_by(Import.id)).all():
            go_on.work(str(one.id))


def suggested(page: str) -> dict[str, str]:
    """The form as the page offers it."""
    form = {}
    for name, body in re.findall(r'<select[^>]*name="(\w+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', body)
        form[name] = chosen[1] if chosen else ""
    return form


def tried(client: FlaskClient, at: str, **changes: Any) -> str:
    """The page that says what would happen."""
    form = suggested(client.get(at).text) | changes
    answer = client.post(f"{at}/mapping", data=form)
    assert answer.status_code == 303, answer.text
    work()
    return client.get(at).text


def ran(client: FlaskClient, at: str) -> str:
    assert client.post(f"{at}/run").status_code == 303
    work()
    return client.get(at).text


def figures(page: str) -> dict[str, str]:
    return dict(re.findall(r"<dt>([^<]*)</dt><dd>([^<]*)</dd>", page))
