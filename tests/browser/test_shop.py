"""A customer buys on a phone, and an employee takes the money and gives it back."""

import re

import pytest
from playwright.sync_api import expect

from .conftest import Instance, wait_until, watched
from .places import mailed, send
from .steps import serious

pytestmark = pytest.mark.browser
BUYER = "carla.meyer@example.com"


def test_a_customer_buys_in_the_portal_and_is_refunded(open_browser, employee, instance: Instance):
    lena, carla = employee("lena"), watched(open_browser(viewport={"width": 390, "height": 844}).new_page())
    before = len(instance.mails())
    carla.goto(f"{instance.url}/acme/help/sign-in")
    send(carla, "E-mail", BUYER)
    wait_until(lambda: any(BUYER in mail for mail in instance.mails()[before:]), 60)
    carla.goto(instance.url + mailed(instance, "/help/links/"))
    carla.locator("main form button").first.click()
    carla.wait_for_url(re.compile("/help$"))
    carla.goto(f"{instance.url}/acme/help/products")
    carla.get_by_role("button", name=re.compile("into the cart")).first.click()
    expect(carla.get_by_role("heading", name="Cart", level=1)).to_be_visible()
    assert serious(carla) == []
    carla.get_by_role("button", name="Order and pay").click()
    title = carla.get_by_role("heading", name=re.compile(r"Purchase #\d+"), level=1)
    expect(title).to_be_visible()
    number = title.inner_text().partition("#")[2]
    lena.goto(f"{instance.url}/acme/purchases/{number}")
    lena.get_by_role("button", name="Mark as paid").click()
    lena.get_by_role("link", name="Refund", exact=True).click()
    pieces = lena.get_by_role("spinbutton").first
    expect(pieces).to_be_visible()
    pieces.fill(pieces.get_attribute("max") or "")
    lena.get_by_role("button", name="Refund", exact=True).click()
    expect(lena.get_by_role("heading", name=re.compile(r"Refund #\d+"), level=1)).to_be_visible()
    carla.reload()
    expect(carla.get_by_role("link", name=re.compile(r"Refund #\d+"))).to_be_visible()
    carla.get_by_role("link", name=re.compile("Receipt")).first.click()
    carla.wait_for_url(re.compile("/help/receipts/"))
    assert lena.troubles == [] and carla.troubles == []
