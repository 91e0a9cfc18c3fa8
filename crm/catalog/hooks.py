"""Where servers of payment tell us what happened."""

from typing import Any

from flask import Blueprint, request

from ..events import commit
from ..extensions import csrf, limiter
from .payments import disputes, stripe_hook, stripe_jobs

bp = Blueprint("payments", __name__)
csrf.exempt(bp)  # no cookie says who tells: its signature does


@bp.post("/payments/stripe")
@limiter.limit("600 per minute")
def hear_stripe() -> Any:
    stripe_hook.told(request.get_data(), request.headers.get("Stripe-Signature", ""))
    commit()
    return "", 204


del disputes, stripe_jobs  # they react to what happens
