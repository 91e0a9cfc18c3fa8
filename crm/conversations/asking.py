"""How customers are asked what they thought: for which reasons, and when not."""

from typing import Any

from flask import render_template
from flask_babel import gettext as _

from ..accounts.routes.workspace import settled
from ..accounts.tenants import change_tenant
from ..forms import filled, redraw
from ..tenancy import current_tenant
from ..web import Kind, Unfit, checkbox, clean, integer, permitted, read, text
from .blueprint import bp

MOST_REASONS, LONGEST_REASON = 12, 40
LONGEST_REST = 365


@bp.get("/settings/ratings")
@permitted("settings.edit")
def rating_settings(errors: dict[str, str] | None = None) -> Any:
    tenant = current_tenant
    form = filled(reasons="\n".join(tenant.rating_reasons), rest_days=tenant.rating_rest_days,
                  unanswered=tenant.rating_unanswered)  # fmt: skip
    return render_template("settings/ratings.html", form=form, errors=errors)


@bp.post("/settings/ratings")
@permitted("settings.edit")
@redraw(rating_settings)
def update_rating_settings() -> Any:
    fields = read(reasons=offered_reasons(), rest_days=integer(0, LONGEST_REST), unanswered=checkbox())
    change_tenant(**{f"rating_{name}": value for name, value in fields.items()})
    return settled("conversations.rating_settings")


def offered_reasons() -> Kind:
    """A few words in a line each, without repeats."""

    def kind(value: Any) -> list[str]:
        lines = list(
            dict.fromkeys(line.strip() for line in text(max=2_000, optional=True)(value).split("\n") if line.strip())
        )
        if len(lines) > MOST_REASONS:
            raise Unfit(_("Give at most %(max)d reasons.", max=MOST_REASONS))
        if any(len(line) > LONGEST_REASON for line in lines):
            raise Unfit(_("Say each reason in at most %(max)d characters.", max=LONGEST_REASON))
        return lines

    return kind


def named_reasons() -> Kind:
    """Those that a customer ticked. What is not offered any more is left out by the rating, and loses nobody their stars."""

    def kind(values: Any) -> list[str]:
        if not isinstance(values, list):
            raise Unfit(_("Choose from the offered values."))
        return [clean(value, 2_000) for value in values[:MOST_REASONS]]

    kind.several = True  # type: ignore[attr-defined]
    return kind
