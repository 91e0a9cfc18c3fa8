"""Links that customers find in mails: signed, each for one thing of one tenant, until they are too old."""

from uuid import UUID

from flask import current_app
from itsdangerous import BadData, SignatureExpired
from werkzeug.exceptions import Gone, NotFound

from ..signing import PatientSigner
from ..tenancy import current_tenant

HEX = 32  # letters of an id


class Links:
    """Those of one kind, whose keys open nothing of another kind: letters, digits and dots that stand in an address, and
    that neither mail programs nor proxies mind."""

    def __init__(self, kind: str, days: int):
        self.kind, self.seconds = kind, days * 86_400

    @property
    def signer(self) -> PatientSigner:
        return PatientSigner(current_app.config["CRM"].secret_key, salt=self.kind)

    def key(self, id: UUID, version: int | str = "") -> str:
        return self.signer.sign(f"{current_tenant.id.hex}{id.hex}{version}").decode()

    def read(self, key: str) -> tuple[UUID, str]:
        """What it leads to, and its version. Raises Gone when it is too old, and NotFound for a forged or foreign one."""
        try:
            signed = self.signer.unsign(key, max_age=self.seconds).decode()
        except SignatureExpired:
            raise Gone() from None
        except BadData:
            raise NotFound() from None
        if signed[:HEX] != current_tenant.id.hex:
            raise NotFound()
        return UUID(signed[HEX : 2 * HEX]), signed[2 * HEX :]
