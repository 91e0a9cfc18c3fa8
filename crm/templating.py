"""Jinja, made to do less for each page: words looked up once per language, macros made once, pieces remembered.

Measured on a conversation's page: 400 translated words, 110 imports of macros and 100 rows and bubbles took 22 of its 30 ms.
"""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from typing import Any

from flask import Flask, current_app, g, has_app_context, request
from flask_babel import Domain, force_locale, get_locale, get_translations, refresh
from jinja2 import Template, pass_eval_context
from markupsafe import Markup

from .headers import asset

PIECES = 4_000  # of about 1 KiB each, in every web process
LONGEST = 8_192  # a longer piece is rendered each time: strangers could fill the memory with what they write


class Page(Template):
    """A template whose macros are made once. Jinja looks at each import whether this time other globals were given; none are."""

    def _get_default_module(self, ctx: Any = None) -> Any:
        return self._module if self._module is not None else super()._get_default_module()


@cache
def sentence(language: str, as_html: bool, text: str) -> str:
    """`text` in `language`. Only literals of templates come here, so they are few."""
    spoken = get_translations().ugettext(text)
    return Markup(spoken) if as_html else spoken  # noqa: S704  (our own sentences)


@cache
def whole_sentence(language: str, as_html: bool, text: str) -> str:
    """One without values: only its doubled percent signs become single ones."""
    return sentence(language, as_html, text) % {}


@pass_eval_context
def gettext(reader: Any, text: str, /, **values: Any) -> str:
    """`_()` in templates. With autoescaping the sentence is HTML and `values` are escaped."""
    if not values:
        return whole_sentence(spoken(), reader.autoescape, text)
    return sentence(spoken(), reader.autoescape, text) % values


def spoken() -> str:
    """The language of the moment. A page asks some hundred times, and to compare Babel's locales is slow."""
    here = vars(g._get_current_object())  # once, not for each question: `g` itself has to be found each time
    if (found := here.get("spoken")) is None:
        found = here["spoken"] = str(get_locale())
    return found


class Sentences(Domain):
    """Flask-Babel asks five times for what is there once: which language it is."""

    def get_translations(self) -> Any:
        if not has_app_context():
            return super().get_translations()
        return self.cache.get((spoken(), self.domain[0])) or super().get_translations()


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Render in another language, as a mail to somebody does."""
    before = g.pop("spoken", None)
    try:
        with force_locale(language):
            yield
    finally:
        g.pop("spoken", None)
        if before:
            g.spoken = before


def listen_anew() -> None:
    """Somebody else reads from now on: what was found out about language and clock holds no longer."""
    g.pop("spoken", None)
    refresh()


class Pieces:
    """What was rendered, the less used forgotten: two halves, of which the elder goes when the younger is full."""

    def __init__(self, size: int):
        self.half = size // 2
        self.young: dict[Hashable, Markup] = {}
        self.old: dict[Hashable, Markup] = {}

    def get(self, key: Hashable) -> Markup | None:
        found = self.young.get(key)
        if found is None and (found := self.old.get(key)) is not None:
            self.keep(key, found)
        return found

    def keep(self, key: Hashable, piece: Markup) -> None:
        if len(piece) > LONGEST:
            return
        if len(self.young) >= self.half:
            self.young, self.old = {}, self.young
        self.young[key] = piece


pieces = Pieces(PIECES)


@lru_cache(1_000)
def picture(name: str, label: str | None = None, also: str = "", **more: str) -> Markup:
    """An icon of the sprite, with one more class (the third, or `class=`); with `label` it is spoken, else it is decoration."""
    names = " ".join(
        filter(None, ["icon", "icon-filled" if name.endswith("-filled") else "", also or more.get("class")])
    )
    said = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    return Markup('<svg class="{}" {}><use href="{}#tabler-{}"/></svg>').format(
        names, said, asset("vendor/icons.svg"), name
    )


def render_piece(template: str, **values: Any) -> Markup:
    """A part of a page: `template` with `values` and the globals, without what Flask gathers for a whole page."""
    return Markup(current_app.jinja_env.get_template(template).render(values))  # noqa: S704  (a template's own output)


def remembered(template: str, key: Hashable, **values: Any) -> Markup:
    """The same, rendered once for each `key` and language. The tenant is always part of the key.

    `key` must hold everything that the piece shows: nothing is ever taken out of here but by age.
    """
    whole = (g.tenant_id, request.script_root if request else "", spoken(), template, key)
    found = pieces.get(whole)
    if found is None:
        found = render_piece(template, **values)
        pieces.keep(whole, found)
    return found


def init_app(app: Flask) -> None:
    app.jinja_env.template_class = Page
    app.jinja_env.globals.update(_=gettext, remembered=remembered, picture=picture)
