"""A Stripe for tests on loopback: `localstripe` for what it has; it knows no Checkout (asked for in 1.15.10, it answers
404), so sessions are kept here in the form that Stripe's reference documents. What it is asked is kept, to be looked at."""

import json
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


# Without its one file for everybody on a machine, which only the first user of it may write.
LOCALSTRIPE = """
import runpy
from localstripe.resources import Store
Store.dump_to_disk = lambda self: None
runpy.run_module("localstripe", run_name="__main__")
"""


class Stripe:
    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str], str]] = []
        self.sessions: dict[str, dict[str, Any]] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self.disputes: dict[str, dict[str, Any]] = {}  # localstripe knows none
        self.refunded_as = "succeeded"  # localstripe's refunds always are
        self.local = f"http://127.0.0.1:{(port := free_port())}"
        self.child = subprocess.Popen([sys.executable, "-c", LOCALSTRIPE, "--port", str(port), "--from-scratch"],
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Answering", (Answering,), {"stripe": self}))
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        self.wait(port)

    def wait(self, port: int) -> None:
        for _ in range(600):
            with socket.socket() as one:
                if one.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.1)
        raise TimeoutError("localstripe does not answer.")

    def forget(self) -> None:
        for kept in (self.asked, self.sessions, self.refunds, self.disputes):
            kept.clear()
        self.refunded_as = "succeeded"

    def close(self) -> None:
        self.child.terminate()
        self.child.wait(60)
        self.server.shutdown()

    def pay(self, id: str) -> dict[str, Any]:
        """The customer pays: a real payment of localstripe's stands behind the session from now on."""
        session = self.sessions[id]
        card = {"type": "card", "card[number]": "4242424242424242", "card[exp_month]": "12", "card[exp_year]": "2040",
                "card[cvc]": "123"}  # fmt: skip
        method = self.forward("POST", "/v1/payment_methods", card)[1]["id"]
        sums = {"amount": session["amount_total"], "currency": session["currency"], "payment_method": method}
        marks = {f"metadata[{name}]": value for name, value in session["metadata"].items()}
        made = self.forward("POST", "/v1/payment_intents", {**sums, **marks, "confirm": "true"})[1]
        session |= {"payment_intent": made["id"], "payment_status": "paid", "status": "complete"}
        return session

    def dispute(self, session: dict[str, Any], status: str, *moved: int, id: str = "dp_1") -> dict[str, Any]:
        """How it stands by now, in the form that Stripe's reference documents; `moved` is what went and came because of it."""
        intent = self.forward("GET", f"/v1/payment_intents/{session['payment_intent']}", {})[1]
        self.disputes[id] = {
            "id": id, "object": "dispute", "status": status, "reason": "product_not_received", "amount": session["amount_total"],
            "currency": session["currency"], "payment_intent": intent, "evidence_details": {"due_by": 1_800_000_000},
            "balance_transactions": [{"object": "balance_transaction", "amount": one} for one in moved],
        }  # fmt: skip
        return {**self.disputes[id], "payment_intent": intent["id"]}

    def refund(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        code, made = self.forward("POST", "/v1/refunds", form)
        if code == 200 and self.refunded_as != "succeeded":
            self.refunds[made["id"]] = made = {**made, "status": self.refunded_as}
        return code, made

    def forward(self, verb: str, path: str, form: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        body = urllib.parse.urlencode(form).encode() if verb == "POST" else None
        request = urllib.request.Request(
            f"{self.local}{path}", body, {"Authorization": "Bearer sk_test_x"}, method=verb
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as refused:
            return refused.code, json.loads(refused.read() or b"{}")


class Answering(BaseHTTPRequestHandler):
    stripe: Stripe

    def do_POST(self) -> None:
        form = dict(parse_qsl(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()))
        self.stripe.asked.append((self.path, form, self.headers.get("Idempotency-Key", "")))
        session = self.stripe.sessions.get(self.path.removesuffix("/expire").rsplit("/", 1)[1])
        if self.path == "/v1/checkout/sessions":
            answer = self.begin(form)
        elif session and self.path.endswith("/expire"):
            answer = (200, session | {"status": "expired"})
            session["status"] = "expired"
        else:
            answer = (
                self.stripe.refund(form) if self.path == "/v1/refunds" else self.stripe.forward("POST", self.path, form)
            )
        self.give(*answer)

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/v1/disputes":
            answer = {"object": "list", "url": path, "has_more": False, "data": list(self.stripe.disputes.values())}
            return self.give(200, answer)
        known = {**self.stripe.sessions, **self.stripe.refunds, **self.stripe.disputes}.get(path.rsplit("/", 1)[1])
        self.give(*((200, known) if known else self.stripe.forward("GET", self.path, {})))

    def begin(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        key = self.headers.get("Idempotency-Key", "")
        total = sum(int(value) for name, value in form.items() if name.endswith("[unit_amount]"))
        made = {"id": f"cs_test_{key}", "object": "checkout.session", "url": f"{self.stripe.url}/pay/{key}",
                "amount_total": total, "currency": form["line_items[0][price_data][currency]"],
                "payment_status": "unpaid", "status": "open", "payment_intent": None,
                "metadata": {"payment": form["metadata[payment]"]}}  # fmt: skip
        return 200, self.stripe.sessions.setdefault(made["id"], made)

    def give(self, status: int, answer: dict[str, Any]) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_: Any) -> None:
        pass
