"""Servers that the product writes to, each with a ledger of what it took.

Mail is here. Webhooks get their receiver beside it when the product delivers them; nothing stands for them until then.
"""

import asyncio
import time
from email import message_from_bytes
from email.policy import default
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from crm.ops.folder import free_port


class Mail:
    """`manner` is how it behaves: "", "hang" (never answers), "slow" (takes its time), "reset" (takes it and hangs up)."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self.manner, self.seconds = "", 0.0
        self.controller = Controller(self, hostname="127.0.0.1", port=free_port(), ready_timeout=10)
        self.controller.start()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.controller.port}"

    def stop(self) -> None:
        self.controller.stop()

    async def handle_EHLO(self, server: SMTP, session: Session, envelope: Envelope, hostname: str,
                          responses: list[str]) -> list[str]:  # fmt: skip
        if self.manner == "hang":
            await asyncio.sleep(self.seconds)
        session.host_name = hostname
        return responses

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        parsed = message_from_bytes(content, policy=default)
        self.taken.append({"id": str(parsed["Message-ID"]), "to": envelope.rcpt_tos[0], "at": time.monotonic(),
                           "content": content})  # fmt: skip
        if self.manner == "slow":
            await asyncio.sleep(self.seconds)
        if self.manner == "reset":
            cast(asyncio.Transport, server.transport).abort()
        return "250 Taken"
