"""A row as the mail that goes over the line."""

import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from uuid import UUID

from flask import current_app

from ..files import path_of
from ..tenancy import current_tenant
from .rows import Mail

ONE_ADDRESS = re.compile(r"[^\s@,;:<>()\"\\]+@[^\s@,;:<>()\"\\]+\Z")
ONE_ID = re.compile(r"<[^\s<>@]{1,400}@[^\s<>@]{1,400}>\Z")


def compose(mail: Mail) -> EmailMessage:
    """Raises ValueError for what is not one address, and for a file that is gone."""
    message = EmailMessage()
    shown = mail.sender_name or current_tenant.name or parseaddr(current_app.config["CRM"].mail_from)[0]
    message["From"] = Address(in_one_line(shown), addr_spec=one_address(mail.sender or server_address()))
    message["To"] = Address(addr_spec=one_address(mail.recipient))
    message["Subject"] = in_one_line(mail.subject)
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = mail.message_id
    if mail.message_uuid is None:  # what a person wrote was not made by a machine
        message["Auto-Submitted"] = "auto-generated"
    thread(message, mail)
    message.set_content(mail.body)
    message.add_alternative(mail.html, subtype="html")
    attach(message, mail)
    return message


def thread(message: EmailMessage, mail: Mail) -> None:
    """Where it belongs. What others called their mails goes out only in the form that such names have."""
    if mail.reply_to:
        message["Reply-To"] = Address(addr_spec=one_address(mail.reply_to))
    if ONE_ID.match(mail.in_reply_to):
        message["In-Reply-To"] = mail.in_reply_to
    if known := [id for id in mail.references or () if ONE_ID.match(id)]:
        message["References"] = " ".join(known)


def attach(message: EmailMessage, mail: Mail) -> None:
    for file in mail.attachments or ():
        path, (kind, _, rest) = path_of(UUID(file["id"])), file["type"].partition("/")
        if not path.is_file():
            raise ValueError(f"The file {file['name']} is gone.")
        if kind in ("message", "multipart") or not rest:  # those would have to be taken apart and put together again
            kind, rest = "application", "octet-stream"
        message.add_attachment(path.read_bytes(), maintype=kind, subtype=rest, filename=file["name"])


def server_address() -> str:
    """What notices come from, and the mails of those who have no address of their own."""
    return parseaddr(current_app.config["CRM"].mail_from)[1]


def one_address(address: str) -> str:
    if not ONE_ADDRESS.match(address):
        raise ValueError("This is not one e-mail address.")
    return address


def in_one_line(text: str) -> str:
    return " ".join(text.split())
