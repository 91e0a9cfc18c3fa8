"""The customer's side: the widget on the tenant's site, the portal, the rating page and its mail, the cases."""

from flask import Flask


def init_app(app: Flask) -> None:
    from . import (
        answers,
        callbacks,
        case_mails,
        cases,
        live,
        pay_links,
        portal,
        purchases,
        ratings,
        recoveries,
        shop,
        widget,
    )

    for module in (widget, portal, ratings, recoveries, cases, pay_links):
        app.register_blueprint(module.bp)
    app.register_blueprint(pay_links.sending)
    del answers, callbacks, case_mails, live, purchases, shop
