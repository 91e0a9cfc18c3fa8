"""Running it: crm up, demo, and the page of mails that `bin/up` sent to nobody."""

from flask import Flask

from . import mailbox


def init_app(app: Flask) -> None:
    mailbox.init_app(app)
