"""What employees see of a mail beside its text: the rest of it, its page in a frame that runs nothing, the original."""

import base64
import re
from html import escape, unescape
from typing import Any
from uuid import UUID

from flask import Response, abort, render_template, request, send_file

from ...files import path_of
from ...tenancy import current_tenant
from ...web import permitted
from ..blueprint import bp
from ..models import ReceivedMail

MOST_PICTURES = 8 * 1024 * 1024  # of the mail's own, in one page
CID = re.compile(r'src="cid:([^"]{1,300})"')
STYLE = "body{margin:12px;font:14px/1.5 system-ui,sans-serif;color:#1a1a1a;background:#fff;overflow-wrap:anywhere}"
STYLE += "img,table{max-width:100%}img{height:auto}"


def mail_url(id: str) -> str:
    """Under which its parts are found, whatever request or worker renders the message."""
    return f"{current_tenant.path}/received-mails/{id}"


@bp.get("/received-mails/<uuid:id>/original")
@permitted("conversations.read")
def original_mail(id: UUID) -> Any:
    mail = ReceivedMail.find(id=id)
    path = path_of(mail.raw_id)
    if not path.is_file():
        abort(404)
    name = f"mail-{mail.created_at:%Y%m%d-%H%M%S}.eml"
    response = send_file(path, mimetype="application/octet-stream", as_attachment=True, download_name=name)
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.get("/received-mails/<uuid:id>/rest")
@permitted("conversations.read")
def rest_of_mail(id: UUID) -> Any:
    return render_template("conversations/_rest.html", text=ReceivedMail.find(id=id).quoted or "")


@bp.get("/received-mails/<uuid:id>/page")
@permitted("conversations.read")
def page_of_mail(id: UUID) -> Any:
    """With `pictures` those of other servers are asked for; without, nobody hears of it."""
    mail, pictures = ReceivedMail.find(id=id), request.args.get("pictures") == "1"
    if not mail.html:
        abort(404)
    page = with_own_pictures(mail).replace('src="remote:', 'src="' if pictures else 'alt="" data-src="')
    return framed(page, pictures)


def framed(page: str, pictures: bool) -> Response:
    """Behind a policy of its own: no script, no form, no request but for the pictures that were asked for."""
    response = Response(f'<!doctype html><meta charset="utf-8"><base target="_blank"><style>{STYLE}</style>{page}')
    elsewhere = " http: https:" if pictures else ""
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; img-src data:{elsewhere}; style-src 'unsafe-inline'; frame-ancestors 'self'; "
        "form-action 'none'; base-uri 'none'; sandbox allow-popups allow-popups-to-escape-sandbox"
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def with_own_pictures(mail: ReceivedMail) -> str:
    """Inside the page itself: its frame has no cookie with which it could ask for them."""
    known, left = (mail.facts or {}).get("pictures", {}), [MOST_PICTURES]

    def shown(found: re.Match[str]) -> str:
        picture = known.get(unescape(found[1]))
        path = path_of(UUID(picture["id"])) if picture else None
        if path is None or not path.is_file() or path.stat().st_size > left[0]:
            return 'alt=""'
        left[0] -= path.stat().st_size
        return f'src="data:{escape(picture["type"])};base64,{base64.b64encode(path.read_bytes()).decode()}"'

    return CID.sub(shown, mail.html or "")
