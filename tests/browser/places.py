"""Every page that a person can open, with who opens it, on an instance filled with the demo."""

import re
import subprocess
import sys
from dataclasses import dataclass
from email import message_from_string, policy

from playwright.sync_api import Page

from .conftest import ROOT, Instance, instance_environment, wait_until

CUSTOMER = "mia.hoffmann@example.com"
NOT_THERE = "01900000-0000-7000-8000-000000000000"
RATING_LINK = """
from sqlalchemy import select
from crm.conversations.models import FollowUp, Rating
from crm.db import db
from crm.ops.app import application
from crm.catalog.models import Transaction
from crm.portal import case_links, pay_links, recoveries
from crm.portal.ratings import token_of
from crm.tenancy import Tenant, as_tenant
from crm.tickets.models import Ticket
with application():
    tenant = db.session.scalars(select(Tenant).where(Tenant.slug == "acme")).one()
    with as_tenant(tenant):
        print(token_of(db.session.scalars(select(Rating).where(Rating.rated_at.is_(None)).limit(1)).one()))
        print(recoveries.token_of(db.session.scalars(select(FollowUp).where(FollowUp.answered_at.is_(None)).limit(1)).one()))
        print(case_links.key_of(Ticket.find(number=1)))
        print(pay_links.LINKS.key(Transaction.find(number=2).id))
"""


@dataclass(frozen=True)
class Place:
    """`path` may name `{words}` of `addresses`; `who` is an employee's first name, "customer" or "" for nobody."""

    who: str
    path: str
    endpoint: str
    status: int = 200

    def __str__(self) -> str:
        return f"{self.who or 'nobody'} {self.path}"


PLACES = [
    Place("", "/", "root.start"),
    Place("", "/sign-up", "root.sign_up"),
    Place("", "/mail", "mailbox.index"),
    Place("", "{mail}", "mailbox.show"),
    Place("", "/nobody/inbox", "", 404),
    Place("", "/acme/nothing-here", "", 404),
    Place("", "/acme/sign-in", "accounts.sign_in"),
    Place("", "/acme/forgotten-password", "accounts.forgotten"),
    Place("", "{reset}", "accounts.reset"),
    Place("", "/acme/reset-password/gone", "accounts.reset", 410),
    Place("", "{invitation}", "accounts.invitation"),
    Place("", "/acme/invitations/gone", "accounts.invitation", 410),
    Place("", "{rating}", "ratings.page"),
    Place("", "/acme/ratings/wrong", "ratings.page", 404),
    Place("", "{recovery}", "recoveries.page"),
    Place("", "/acme/made-right/wrong", "recoveries.page", 404),
    Place("", "{case}", "cases.page"),
    Place("", "/acme/cases/wrong", "cases.page", 404),
    Place("", "{pay}", "pay.page"),
    Place("", "/acme/pay/wrong", "pay.page", 404),
    Place("", "/acme/help/sign-in", "portal.sign_in"),
    Place("", "/acme/help/register", "portal.register"),
    Place("", "{link}", "portal.open_link"),
    Place("", "/acme/help/links/gone", "portal.open_link", 410),
    Place("customer", "/acme/help", "portal.home"),
    Place("customer", "/acme/help/new", "portal.new"),
    Place("customer", "/acme/help/profile", "portal.profile"),
    Place("customer", "/acme/help/conversations/1", "portal.show"),
    Place("anna", "/acme/inbox", "conversations.inbox"),
    *(Place("anna", f"/acme/inbox/{view}", "conversations.view") for view in ("queue", "all", "closed", "direct")),
    *(Place("customer", f"/acme/help/{page}", f"portal.{page}") for page in ("products", "purchases")),
    Place("customer", "{product_on_offer}", "portal.product"),
    Place("customer", "/acme/help/cart", "portal.show_cart"),
    Place("customer", "/acme/help/purchases/2", "portal.purchase"),
    Place("customer", "/acme/help{receipt}", "portal.receipt"),
    Place("anna", "{open}", "conversations.show"),
    Place("anna", "{queued}", "conversations.show"),
    Place("anna", "/acme/conversations/1", "conversations.show"),
    Place("anna", "/acme/conversations/999999", "conversations.show", 404),
    *(
        Place("anna", f"/acme/tickets?view={view}", "tickets.index")
        for view in ("mine", "open", "solved", "unassigned")
    ),
    Place("anna", "/acme/tickets/4", "tickets.show"),
    Place("anna", "/acme/tickets/5", "tickets.show"),
    Place("anna", "/acme/tickets/999999", "tickets.show", 404),
    Place("anna", "/acme/tickets/1/splits", "tickets.choose_split"),
    Place("anna", "/acme/tickets/new", "tickets.new"),
    Place("anna", "/acme/search?q=parcel", "tickets.search"),
    Place("anna", "/acme/search?q=zzzz", "tickets.search"),
    Place("anna", "/acme/calls/new", "conversations.new_call"),
    *(Place("anna", f"/acme/tasks?view={view}", "conversations.tasks") for view in ("mine", "done")),
    Place("anna", "/acme/customers", "customers.index"),
    Place("anna", "/acme/notifications", "notifications.notifications"),
    Place("anna", "/acme/notifications/preferences", "notifications.preferences"),
    Place("anna", "/acme/customers?q=zzzz", "customers.index"),
    Place("anna", "/acme/customers/new", "customers.new"),
    Place("anna", "{customer}", "customers.show"),
    Place("anna", "{customer}/edit", "customers.edit"),
    Place("anna", "{customer}/consents", "customers.list_consents"),
    Place("anna", "{relations}", "customers.show_relations"),
    Place("anna", "{new_relation}", "customers.new_relation"),
    Place("anna", "/acme/companies", "customers.list_companies"),
    Place("anna", "/acme/companies/new", "customers.new_company"),
    Place("anna", "{company}", "customers.show_company"),
    Place("anna", "{company}/edit", "customers.edit_company"),
    Place("lena", "{company}/merges/new", "customers.new_merge"),
    Place("lena", "{company}/merges/new?q=a", "customers.new_merge"),
    Place("lena", "{company}/removal", "customers.new_removal"),
    Place("lena", "/acme/companies/gone", "customers.gone_companies"),
    *(Place("anna", f"/acme/{page}", f"catalog.{page}") for page in ("products", "purchases")),
    Place("lena", "/acme/products?g=0&f=price&o=from&v=100", "catalog.products"),
    Place("anna", "/acme/purchases?q=zzzz", "catalog.purchases"),
    Place("anna", "/acme/purchases/new", "catalog.new_purchase"),
    Place("anna", "/acme/purchases/2", "catalog.purchase"),
    Place("anna", "/acme{receipt}", "catalog.receipt"),
    Place("anna", "{product}", "catalog.product"),
    Place("lena", "{product}/edit", "catalog.edit_product"),
    Place("lena", "/acme/products/new", "catalog.new_product"),
    Place("lena", "/acme/purchases/2/refunds/new", "catalog.new_refund"),
    Place("lena", "/acme/customers/duplicates", "customers.duplicates"),
    Place("lena", "/acme/companies/duplicates", "customers.duplicates"),
    Place("lena", "{customer}/merges/new", "customers.new_merge"),
    Place("lena", "/acme/imports", "imports.index"),
    Place("lena", "/acme/imports/new", "imports.new"),
    Place("lena", f"/acme/imports/{NOT_THERE}", "imports.show", 404),
    Place("anna", "/acme/employees", "accounts.employees"),
    Place("anna", "/acme/profile", "accounts.profile"),
    Place("anna", "/acme/settings", "accounts.settings", 403),
    Place("lena", "/acme/settings/blocked", "customers.blocked"),
    Place("lena", "/acme/follow-ups", "conversations.follow_ups"),
    Place("olivia", "/acme/employees/invite", "accounts.new_invitation"),
    Place("olivia", "{employee}", "accounts.employee"),
    Place("olivia", "/acme/settings", "accounts.settings"),
    Place("olivia", "/acme/settings/widget", "accounts.widget"),
    Place("olivia", "/acme/settings/departments", "accounts.departments"),
    Place("olivia", "/acme/settings/phone", "conversations.phone_settings"),
    Place("olivia", "/acme/settings/mails", "accounts.mails"),
    Place("olivia", "/acme/settings/mailboxes", "conversations.mailboxes"),
    Place("olivia", "/acme/settings/mailboxes/new", "conversations.new_mailbox"),
    Place("olivia", "/acme/settings/mailboxes/lost", "conversations.mails_not_taken"),
    Place("olivia", f"/acme/settings/mailboxes/{NOT_THERE}", "conversations.edit_mailbox", 404),
    Place("olivia", "{customer}/erasure", "customers.new_erasure"),
    Place("olivia", f"/acme/customers/erasures/{NOT_THERE}", "customers.show_erasure", 404),
    Place("olivia", "/acme/settings/fields", "fields.index"),
    Place("olivia", "/acme/settings/fields/new", "fields.new"),
    Place("olivia", f"/acme/settings/fields/{NOT_THERE}", "fields.edit_field", 404),
    Place("olivia", f"/acme/settings/fields/{NOT_THERE}/type", "fields.choose_type", 404),
    Place("olivia", "/acme/settings/sales", "catalog.sales_settings"),
    Place("olivia", "/acme/settings/purposes", "customers.purposes"),
    Place("olivia", "/acme/settings/relations", "customers.relation_kinds"),
    Place("olivia", f"/acme/customers/exports/{NOT_THERE}", "customers.show_export", 404),
    Place("olivia", "/acme/settings/tickets", "tickets.edit_settings"),
    Place("olivia", "/acme/settings/ratings", "conversations.rating_settings"),
    Place("olivia", "{department}", "accounts.edit_department"),
    Place("olivia", "{department}/hours", "accounts.edit_hours"),
    Place("olivia", "{department}/ladder", "tickets.edit_ladder"),
    Place("olivia", "{department}/routing", "conversations.edit_routing"),
    Place("olivia", "/acme/settings/promises", "tickets.promises"),
    Place("olivia", "{promise}", "tickets.promise"),
    Place("olivia", "/acme/settings/canned-replies", "conversations.edit_replies"),
    Place("olivia", "{canned}", "conversations.edit_reply"),
]
# Fragments, files, sockets and answers for programs; the widget's views are looked at in test_widget.py.
PARTS = ("cell_page", "send_file", "show_actions", "show_count", "show_filter", "show_views")  # of a list
NO_PAGES = {
    *("static", "health.alive", "health.ready", "root.robots", "root.favicon", "accounts.contrast"),
    *("conversations.attachment", "conversations.canned_replies", "conversations.part", "conversations.changes"),
    *("conversations.live_conversation", "conversations.live_frame", "conversations.transfer_form"),
    *("conversations.earlier", "conversations.view_list", "conversations.badge"),
    *("conversations.callers", "conversations.calls_now", "conversations.task_list"),
    *("conversations.original_mail", "conversations.rest_of_mail", "conversations.page_of_mail"),
    *(
        "tickets.index_rows",
        "tickets.part",
        "tickets.earlier",
        "tickets.live_ticket",
        "tickets.saved_views",
        "tickets.palette",
        "tickets.whose",
        "tickets.go_to_next",
        "tickets.filter_piece",
    ),
    *("cases.changes", "cases.earlier_page", "cases.live_case", "cases.session_here", "cases.show"),
    "cases.state",
    *("notifications.bell", "notifications.latest", "notifications.push_key", "notifications.service_worker"),
    *("portal.changes", "portal.earlier", "portal.live_portal", "portal.state"),
    *("accounts.session_here", "portal.session_here", "accounts.manifest", "tickets.search_state"),
    *("customers.show_timeline", "conversations.live_customer", "customers.picture", "customers.get_export"),
    *("customers.show_similar_companies", "customers.show_lookalikes", "customers.show_company_people"),
    *("customers.company_names", "fields.show", "fields.edit", "fields.state", "fields.names"),
    *("catalog.picture", "catalog.receipt_pdf", "portal.picture", "portal.receipt_pdf"),
    *("imports.example", "imports.progress", "imports.refused"),
    *(f"customers.{name}_{part}" for name in ("customers", "companies") for part in PARTS),
    *(f"catalog.{name}_{part}" for name in ("products", "purchases") for part in PARTS),
    *("customers.show_company_timeline", "conversations.live_company", "customers.send_card", "customers.send_cards"),
}


def links(page: Page, instance: Instance) -> dict[str, str]:
    """Addresses that stand on other pages, as Olivia finds them."""

    def first(path: str, selector: str) -> str:
        page.goto(instance.url + path)
        return page.locator(selector).first.get_attribute("href") or ""

    row, named = "#rows a.row-link", ".record-name > a"
    customer, product = first("/acme/customers?q=hoffmann", named), first("/acme/products", named)
    relations = f"/acme/relations/of/{customer.rpartition('/')[2]}"
    return {
        "product": product,
        "product_on_offer": product.replace("/acme/", "/acme/help/"),
        "relations": relations,
        "new_relation": first(relations, "main a[href*='/relations/new']"),
        "company": first("/acme/companies", named),
        "receipt": first("/acme/purchases/2", "main a[href*='/receipts/']").removeprefix("/acme"),
        "open": first("/acme/inbox/team", row),
        "queued": first("/acme/inbox/queue", row),
        "customer": customer,
        "employee": first("/acme/employees", ".record-name > a"),
        "department": first("/acme/settings/departments", "main .lines a"),
        "promise": first("/acme/settings/promises", "main .lines a"),
        "canned": first("/acme/settings/canned-replies", "main .lines a"),
        "mail": first("/mail", "main .lines a"),
    }


def mailed_links(page: Page, instance: Instance) -> dict[str, str]:
    """Addresses that are only ever mailed: asked for as people do, and read in the mails."""
    page.goto(f"{instance.url}/acme/employees/invite")
    send(page, "E-mail", "new@acme.test")
    page.goto(f"{instance.url}/acme/forgotten-password")
    send(page, "E-mail", "boris@acme.test")
    page.goto(f"{instance.url}/acme/help/sign-in")
    send(page, "E-mail", CUSTOMER)
    wanted = {"invitation": "/invitations/", "reset": "/reset-password/", "link": "/help/links/"}
    return {name: mailed(instance, part) for name, part in wanted.items()} | rating_links(instance)


def send(page: Page, label: str, value: str) -> None:
    page.locator("main").get_by_label(label).first.fill(value)
    page.locator("main form .btn-primary").first.click()
    page.wait_for_load_state()


def mailed(instance: Instance, part: str) -> str:
    """The newest mailed address that contains `part`."""
    found: list[str] = []

    def look() -> list[str]:
        for mail in instance.mails():
            plain = message_from_string(mail, policy=policy.default).get_body(("plain",))
            found.extend(re.findall(rf"http\S+{part}\S+", plain.get_content() if plain else ""))
        return found

    wait_until(look, 60, lambda: f"no mail with {part}")
    return found[-1].removeprefix(instance.url)


def rating_links(instance: Instance) -> dict[str, str]:
    environment = instance_environment(instance.data)
    run = subprocess.run([sys.executable, "-c", RATING_LINK], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    rating, follow_up, case, purchase = run.stdout.split()
    there = {"rating": f"/acme/ratings/{rating}", "recovery": f"/acme/made-right/{follow_up}"}
    return there | {"case": f"/acme/cases/{case}", "pay": f"/acme/pay/{purchase}"}
