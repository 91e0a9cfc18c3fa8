"""Pages of accounts: `root` serves the server's own, without a tenant, `bp` a tenant's."""

from flask import Blueprint

from ..tokens import UsedUp, show_used_up

root = Blueprint("root", __name__)
bp = Blueprint("accounts", __name__)
bp.register_error_handler(UsedUp, show_used_up)
