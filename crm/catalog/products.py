"""The list of products, each one's page and its form."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.exceptions import NotFound

from .. import files
from ..customers.fields.panels import keep_fields
from ..events import commit
from ..forms import filled, redraw
from ..listing.pages import list_page, mount
from ..tenancy import current_tenant
from ..web import checkbox, choice, integer, permitted, read, text
from ..web import files as sent_as
from . import queries
from .blueprint import bp
from .kinds import prices, prices_in_field
from .lists import PRODUCTS
from .lists.products import MOST_STOCK
from .models import KINDS, Product
from .models.product import prices_of
from .money import in_field, money, percent, percent_in_field

Errors = dict[str, str] | None


@bp.get("/products")
@permitted("catalog.read")
def products() -> Any:
    return list_page(PRODUCTS)


mount(bp, PRODUCTS)


@bp.get("/products/new")
@permitted("catalog.edit")
def new_product(errors: Errors = None) -> Any:
    return form_page(None, errors)


@bp.post("/products")
@permitted("catalog.edit")
@redraw(new_product)
def create_product() -> Any:
    product = Product.add(**read_product())
    keep_picture(product)
    keep_fields(product, new=True)
    commit()
    return saved(product)


@bp.get("/products/<uuid:id>")
@permitted("catalog.read")
def product(id: UUID) -> Any:
    found = Product.find(id=id)
    return render_template("catalog/product.html", product=found, prices=prices_of([id]).get(id, []),
                           may_edit=current_user.may("catalog.edit"))  # fmt: skip


@bp.get("/products/<uuid:id>/edit")
@permitted("catalog.edit")
def edit_product(id: UUID, errors: Errors = None) -> Any:
    return form_page(Product.find(id=id), errors)


@bp.post("/products/<uuid:id>")
@permitted("catalog.edit")
@redraw(edit_product)
def update_product(id: UUID) -> Any:
    found = Product.locked(id=id)
    found.change(**as_counted(found, read_product()))
    keep_picture(found)
    keep_fields(found)
    commit()
    return saved(found)


@bp.post("/products/<uuid:id>/removal")
@permitted("catalog.edit")
def remove_product(id: UUID) -> Any:
    Product.locked(id=id).delete()
    commit()
    flash(_("Deleted. What was bought keeps it."), "good")
    return redirect(url_for(".products"), 303)


@bp.get("/products/<uuid:id>/picture")
@permitted("catalog.read")
def picture(id: UUID) -> Any:
    return send_picture(Product.find(id=id))


def send_picture(product: Product) -> Any:
    if product.picture_id is None:
        raise NotFound()
    return files.send(product.picture_id, product.name, product.picture_type)


def read_product() -> dict[str, Any]:
    """Exactly the fields that the form offers, as `Product.add` takes them. Raises Invalid."""
    line, own = text(max=200, lines=False), current_tenant.currency
    facts = read(
        sku=text(max=60, lines=False), name=line, kind=choice(*KINDS), category=text(max=100, lines=False, optional=True),
        description=text(max=5_000, optional=True), active=checkbox(), tax_rate=percent(), price=money(own),
        prices=prices(own), stock=integer(0, MOST_STOCK, optional=True),
    )  # fmt: skip
    return facts | {"prices": {own: facts.pop("price"), **facts["prices"]}}


def as_counted(product: Product, facts: dict[str, Any]) -> dict[str, Any]:
    """What was sold or came back while the form was open moves what was typed."""
    was = read(stock_was=integer(0, MOST_STOCK, optional=True))["stock_was"]
    if was is None or facts["stock"] is None or product.stock is None:
        return facts
    return facts | {"stock": max(0, facts["stock"] + product.stock - was)}


def keep_picture(product: Product) -> None:
    """A new picture takes the old one's place; ticking “remove” leaves none. Raises Invalid for what is no picture."""
    wanted, sent = read(no_picture=checkbox()), sent_as("picture", max=1)
    if product.picture_id and (sent or wanted["no_picture"]):
        files.drop(product.picture_id)
        product.picture_id, product.picture_type = None, ""
    if sent:
        kept = files.keep_picture(sent[0], _("This is no picture. Send a PNG, JPEG, GIF or WebP."))
        product.picture_id, product.picture_type = kept.id, kept.type


def form_page(product: Product | None, errors: Errors) -> Any:
    own, found = current_tenant.currency, prices_of([product.id]).get(product.id, []) if product else []
    known = {price.currency: price.amount for price in found}
    price, one = known.pop(own, None), product or Product(kind="product", active=True)
    facts = {name: getattr(one, name) or "" for name in ("sku", "name", "kind", "category", "description", "active")}
    counted = "" if one.stock is None else one.stock
    facts |= {"stock": counted, "stock_was": counted, "tax_rate": percent_in_field(one.tax_rate or 0)}
    form = filled(**facts, price=in_field(price, own), prices=prices_in_field(known))
    shown = {"categories": queries.categories(), "currency": own}
    return render_template("catalog/product_form.html", product=product, form=form, errors=errors, **shown)


def saved(product: Product) -> Any:
    flash(_("Saved."), "good")
    return redirect(url_for(".product", id=product.id), 303)
