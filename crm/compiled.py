"""Templates, compiled once for each language, with its sentences in them.

A page holds some two hundred sentences: asked for one by one while it is rendered, they took a sixth of its time.
"""

from typing import Any

from flask import has_app_context
from flask.templating import Environment
from jinja2 import nodes
from jinja2.environment import create_cache
from jinja2.visitor import NodeTransformer

from .templating import spoken, whole_sentence

LOADED = 500  # templates, of each language


class Spoken(Environment):
    def __init__(self, *args: Any, **options: Any):
        self.by_language: dict[str, Any] = {}
        super().__init__(*args, **options)

    @property
    def cache(self) -> Any:
        """What is loaded in the language of the moment; outside of the app nothing is said in any."""
        language = spoken() if has_app_context() else ""
        found = self.by_language.get(language)
        if found is None:
            found = self.by_language[language] = create_cache(LOADED)
        return found

    @cache.setter
    def cache(self, made: Any) -> None:
        """Jinja's own, which knows of no language, is left aside."""

    def _generate(
        self, source: nodes.Template, name: str | None, filename: str | None, defer_init: bool = False
    ) -> str:
        if has_app_context():
            as_html = self.autoescape(name) if callable(self.autoescape) else self.autoescape
            source = Sentences(spoken(), as_html).visit(source)
        return super()._generate(source, name, filename, defer_init)


class Sentences(NodeTransformer):
    """Puts what `_("…")` says in its place; sentences with values are left as they are."""

    def __init__(self, language: str, as_html: bool):
        self.language, self.as_html = language, as_html

    def visit_Call(self, node: nodes.Call) -> nodes.Node:
        self.generic_visit(node)
        plain = isinstance(node.node, nodes.Name) and node.node.name == "_" and not node.kwargs
        if plain and len(node.args) == 1 and isinstance(text := node.args[0], nodes.Const):
            said = whole_sentence(self.language, self.as_html, text.value)
            return nodes.Const(said, lineno=node.lineno)
        return node
