"""The customer's side on a small phone: what is touched is large enough, and what is looked at stays in sight."""

import re

import pytest
from playwright.sync_api import Frame, Locator, Page, expect

from .conftest import Instance
from .places import rating_links
from .steps import frame_of, take_up
from .test_conversation import answer, open_chat, write
from .test_portal import sign_in

pytestmark = pytest.mark.browser
PHONE = {"viewport": {"width": 320, "height": 640}, "has_touch": True, "is_mobile": True}
ROOMY = "box => box.getBoundingClientRect().width >= 44 && box.getBoundingClientRect().height >= 44"
ATTACHED = {
    "name": "IMG_20261121_the_hole_in_my_tent.png",
    "mimeType": "image/png",
    "buffer": b"not looked at before it is sent",
}


def roomy(*places: Locator) -> None:
    for place in places:
        expect(place).to_be_visible()
        assert place.evaluate(ROOMY), place


def end(talk, anna: Page, instance: Instance, body: str) -> None:
    write(talk, body)
    take_up(anna, instance, body)
    answer(anna, "It is done.")
    expect(talk.locator("#messages")).to_contain_text("It is done.")
    talk.get_by_role("button", name="End the conversation").click()
    expect(talk.locator("#rate")).to_be_visible()


def head_stays(frame: Frame) -> None:
    assert frame.evaluate("[scrollY, document.querySelector('.head').getBoundingClientRect().top]") == [0, 0]


def test_choosing_stars_leaves_the_head_of_the_chat_in_its_place(visitor, employee, instance: Instance):
    anna, shop = employee("anna"), visitor(**PHONE)
    talk = open_chat(shop)
    end(talk, anna, instance, "Stars on a small phone")
    talk.locator("label[for=star-2]").tap()
    expect(talk.locator("#star-2")).to_be_checked()
    head_stays(frame_of(shop))
    talk.get_by_role("button", name="Send the rating").tap()
    expect(talk.locator("#thanks")).to_be_visible()
    head_stays(frame_of(shop))


def test_leaving_a_conversation_is_no_lost_connection(visitor, employee, instance: Instance):
    anna, shop = employee("anna"), visitor(**PHONE)
    talk = open_chat(shop)
    end(talk, anna, instance, "Then to the list")
    talk.get_by_role("button", name="Start a new conversation").tap()
    talk.get_by_role("button", name="Your earlier conversations").tap()
    expect(talk.get_by_role("heading", name="Your conversations")).to_be_visible()
    shop.wait_for_timeout(2500)  # a lost line is told after a second and a half
    expect(talk.locator("#connection")).to_be_empty()


def test_the_form_for_an_address_opens_in_sight(visitor, employee):
    employee("anna")
    talk = open_chat(visitor(**PHONE))
    write(talk, "Where do I type my address?\n\nIt is far below,\n\nbelow all of this.")
    talk.get_by_text("Answer me by e-mail when I am gone").tap()
    expect(talk.locator("#contact").get_by_role("button", name="Save")).to_be_in_viewport()


def test_what_is_touched_in_the_chat_is_large_enough(visitor):
    talk = open_chat(visitor(**PHONE))
    write(talk, "Large enough for a thumb?")
    roomy(talk.get_by_role("button", name="All your conversations"))
    talk.locator("#write [type=file]").set_input_files([ATTACHED])
    roomy(talk.get_by_role("button", name=re.compile("Remove IMG")), talk.get_by_role("button", name="Send"))


def test_the_portal_fits_a_small_phone(open_browser, instance: Instance):
    page = open_browser(**PHONE).new_page()
    sign_in(page, instance, "a.rather.long.address@example.com")
    brand = page.locator(".public-brand .text-truncate")
    assert brand.evaluate("name => name.scrollWidth <= name.clientWidth && name.scrollHeight <= name.clientHeight")
    page.get_by_role("link", name="Write to us").first.tap()
    assert page.get_by_label("Message").bounding_box()["height"] >= 140
    page.get_by_label("Message").fill("Does the portal fit?")
    page.get_by_role("button", name="Send").tap()
    page.locator("#write [type=file]").set_input_files([ATTACHED])
    roomy(page.get_by_role("button", name=re.compile("Remove IMG")))
    page.get_by_role("button", name="This is settled: close it").tap()
    expect(page.get_by_role("button", name="Go on with this conversation")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_stars_of_the_mailed_page_fit_a_small_phone_without_javascript(open_browser, instance: Instance):
    page = open_browser(**PHONE, java_script_enabled=False).new_page()
    page.goto(instance.url + rating_links(instance)["rating"])
    stars = page.locator(".star-row label")
    expect(stars).to_have_count(5)
    card, last = page.locator(".rate-page").bounding_box(), stars.last.bounding_box()
    assert last["width"] >= 44 and last["x"] + last["width"] <= card["x"] + card["width"] - 16
    stars.nth(3).tap()
    page.get_by_role("button", name="Send the rating").tap()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    expect(page.get_by_text(re.compile("4 of 5 stars"))).to_be_attached()
