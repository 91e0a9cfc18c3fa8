"""Running it: crm up, demo, and the page of mails that `bin/up` sent to nobody."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: "Flask") -> None:
    from . import mailbox

    mailbox.init_app(app)
