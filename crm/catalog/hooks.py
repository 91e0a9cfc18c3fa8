"""Where servers of payment tell us what happened."""

from typing import Any

from flask import request

from ..events import commit
from ..extensions import csrf, limiter
from .blueprint import bp
from .payments import back, stripe_checkout


@bp.post("/payments/stripe")
@csrf.exempt
@limiter.limit("600 per minute")
def hear_stripe() -> Any:
    stripe_checkout.told(request.get_data(), request.headers.get("Stripe-Signature", ""))
    commit()
    return "", 204


del back  # it reacts to refunds
