"""The demo shop: another site than Rapport, with the widget on its pages. python shop.py PORT

RAPPORT_URL, WIDGET_KEY and IDENTITY_SECRET come from the environment. Stands alone, so that it holds little memory.
"""

import hashlib
import hmac
import json
import os
import signal
import sys
import threading
import time
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from string import Template
from urllib.parse import parse_qs, urlsplit

PAGE = Template(Path(__file__).with_name("shop.html").read_text())
PRODUCTS = {
    "tent": ("Fjell 2 tent", "Two people, three seasons, 1.9 kg", "€ 349"),
    "stove": ("Glut stove", "Boils a litre in four minutes", "€ 59"),
    "boots": ("Grat boots", "Leather, resoleable, for steep paths", "€ 229"),
    "lamp": ("Luks headlamp", "400 lumens, charges by USB-C", "€ 45"),
    "bag": ("Dune sleeping bag", "Down, comfortable to −4 °C", "€ 279"),
    "bottle": ("Quell bottle", "Steel, 0.75 l, cold for a day", "€ 32"),
}
CUSTOMER = {"id": "shop-1042", "name": "Carla Meyer", "email": "carla.meyer@example.com"}


class Shop(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        product = url.path.removeprefix("/products/")
        known = parse_qs(url.query).get("signed-in") == ["yes"]
        if url.path == "/" or product in PRODUCTS:
            self.answer(200, page(product, known))
        else:
            self.answer(
                404, "<!doctype html><title>Not here</title><p>This page does not exist. <a href=/>To the shop</a>"
            )

    def answer(self, status: int, body: str) -> None:
        content = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass


def page(product: str, known: bool) -> str:
    query = "?signed-in=yes" if known else ""
    who = (
        f"Hello, {CUSTOMER['name']} · <a href='/'>Sign out</a>"
        if known
        else "<a href='/?signed-in=yes'>Sign in as Carla Meyer</a>"
    )
    names = [product] if product in PRODUCTS else list(PRODUCTS)
    items = "\n".join(item(name, query) for name in names)
    layout = "one" if product in PRODUCTS else "many"
    return PAGE.substitute(items=items, query=query, who=who, layout=layout, widget=widget(known))


def item(name: str, query: str) -> str:
    title, text, price = PRODUCTS[name]
    return (
        f"<article class={name}><a href='/products/{name}{query}'><span class=picture></span><h2>{title}</h2></a>"
        f"<p>{text}</p><p class=price>{price}</p><button type=button>Add to basket</button></article>"
    )


def widget(known: bool) -> str:
    """The one line a shop adds, with who is signed in when somebody is."""
    key = os.environ.get("WIDGET_KEY")
    if not key:
        return ""
    source = os.environ["RAPPORT_URL"] + "/static/widget.js"
    return f'<script src="{escape(source)}" data-key="{escape(key)}"{identity() if known else ""} async></script>'


def identity() -> str:
    """The hash is over the very bytes of data-user: what the shop's server says, the visitor cannot change."""
    user = json.dumps(CUSTOMER | {"issued_at": int(time.time())})
    digest = hmac.new(os.environ.get("IDENTITY_SECRET", "").encode(), user.encode(), hashlib.sha256).hexdigest()
    return f' data-user="{escape(user)}" data-hash="{digest}"'


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Shop)
    signal.signal(signal.SIGTERM, lambda number, frame: threading.Thread(target=server.shutdown).start())
    server.serve_forever()
