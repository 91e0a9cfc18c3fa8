"""What features to the right add to records of features to the left."""

from collections.abc import Callable
from typing import Any

from markupsafe import Markup

# kind of record -> functions (record) -> HTML of one panel, or None for none; shown in the order of the features.
panels: dict[str, list[Callable[[Any], str | None]]] = {}


def panel(kind: str) -> Callable[[Any], Any]:
    """Add a fragment to a record's page: `@panel("customer")` on a function that returns rendered HTML.

    Of a conversation there are three: "conversation", the panel beside it, "conversation_menu", what can be done with it,
    and "composer", further ways to send what was written. Beside a ticket "ticket" stands above, "ticket_end" below.
    Of a customer there are five: "customer", what there is of them, "customer_work", what is to be done,
    "customer_facts" and "customer_side", what else is known of them, and "customer_menu", what can be done with them.
    "customer_figure" is a number at a glance, "erasure" what else happens when they are erased.
    Of a company "company", "company_work", "company_facts", "company_side" and
    "company_figure" are the same.
    """

    def decorate(render: Any) -> Any:
        panels.setdefault(kind, []).append(render)
        return render

    return decorate


def panels_of(kind: str, record: Any) -> list[Markup]:
    return [Markup(shown) for render in panels.get(kind, ()) if (shown := render(record))]  # noqa: S704 (our templates)


# (kind of record, name) -> a function ([ids]) -> {id: figure}: a column that a later feature knows, in one statement.
figure_sources: dict[tuple[str, str], Callable[[list[Any]], dict[Any, Any]]] = {}


def figures(kind: str, name: str) -> Callable[[Any], Any]:
    """Add a figure to the lists of a kind of record: `@figures("employee", "stars")`."""

    def decorate(read: Any) -> Any:
        figure_sources[kind, name] = read
        return read

    return decorate


def figures_of(kind: str, name: str, ids: list[Any]) -> dict[Any, Any]:
    source = figure_sources.get((kind, name))
    return source(ids) if source and ids else {}


# kind of record -> name -> a function (id) -> a scalar subquery: what a page knows by the statement that reads the record.
glimpses: dict[str, dict[str, Callable[[Any], Any]]] = {}


def glimpse(kind: str, name: str) -> Callable[[Any], Any]:
    """Add something small to the one statement that reads a record for its page: `@glimpse("customer", "stars")` on a
    function that makes, of the parameter that holds the record's id, a scalar subquery: a number or JSON. The page and its
    panels find it in `record.glimpsed`."""

    def decorate(make: Any) -> Any:
        glimpses.setdefault(kind, {})[name] = make
        return make

    return decorate
