"""Moving records in from files: read, mapped, tried, run, taken back. What can be imported the features say (kinds.py).

A file is kept and read by the worker in a child with limits (formats/), which makes of it a file of plain rows. Its columns
are mapped to fields (guessing.py). A batch of rows is read by the forms' own kinds (preparing.py), decided (deciding.py)
and written by COPY and INSERT … SELECT (batches.py, writing.py). A trial does the same and rolls it back (running.py).
"""

from flask import Flask


def init_app(app: Flask) -> None:
    from flask_babel import format_decimal

    from . import forgetting, jobs  # noqa: F401  (they register themselves)
    from .routes import bp

    app.jinja_env.filters["numberformat"] = format_decimal
    app.register_blueprint(bp)
