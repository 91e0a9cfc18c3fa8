"""Customers: their list, their pages, who they are and how to reach them."""

from datetime import datetime
from importlib import import_module

from flask import Flask
from flask_babel import lazy_gettext as _l

# Each registers what it holds: routes, panels, what can be found and told.
MODULES = (
    "routes",
    "blocked",
    "companies",
    "place_routes",
    "consents",
    "pictures",
    "page",
    "timeline",
    "telling",
    "finding",
    "importable",
    "import_companies",
    "cards",
    "duplicates.pages",
    "relations.pages",
    "handing_out.pages",
    "handing_out.jobs",
    "duplicates.jobs",
    "erasing.pages",
    "erasing.jobs",
)


def init_app(app: Flask) -> None:
    for name in MODULES:
        import_module(f".{name}", __name__)
    from ..phones import phone_as_written
    from .blueprint import bp
    from .fields import has_fields, offering, reworking, settings  # noqa: F401
    from .fields.panels import bp as fields_bp
    from .fields.panels import custom_inputs
    from .merging import company_pages, pages, reactions  # noqa: F401
    from .models import Company, Customer

    has_fields(Customer, _l("Customers"), panel_name="customer_facts")
    has_fields(Company, _l("Companies"), panel_name="company_facts", address="/companies/{row.id}")
    app.jinja_env.filters["phone"] = phone_as_written
    app.jinja_env.filters["moment"] = datetime.fromisoformat
    app.register_blueprint(bp)
    app.register_blueprint(fields_bp)
    app.jinja_env.globals["custom_inputs"] = custom_inputs
