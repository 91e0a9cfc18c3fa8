"""What features to the right add to records of features to the left."""

from collections.abc import Callable
from typing import Any

# kind of record -> functions (record) -> HTML of one panel, or None for none; shown in the order of the features.
panels: dict[str, list[Callable[[Any], str | None]]] = {}


def panel(kind: str) -> Callable[[Any], Any]:
    """Add a fragment to a record's page: `@panel("customer")` on a function that returns rendered HTML."""

    def decorate(render: Any) -> Any:
        panels.setdefault(kind, []).append(render)
        return render

    return decorate


def panels_of(kind: str, record: Any) -> list[str]:
    return [shown for render in panels.get(kind, ()) if (shown := render(record))]
