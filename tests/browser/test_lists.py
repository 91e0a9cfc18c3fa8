"""Lists by keyboard and pointer: filtered, changed in place, ticked; and two customers who are one."""

import re
import uuid

import pytest
from playwright.sync_api import Page, expect

from .conftest import Instance
from .steps import serious, until

pytestmark = pytest.mark.browser


def press_on(page: Page, words: str) -> None:
    """Open the fold with these words by the keyboard."""
    page.locator("summary", has_text=words).focus()
    page.keyboard.press("Enter")


def test_a_list_is_filtered_and_changed_in_place_by_the_keyboard(employee, instance: Instance):
    lena = employee("lena")
    lena.goto(f"{instance.url}/acme/companies")
    name = lena.locator(".record-name > a").first.inner_text()
    press_on(lena, "Filter")
    lena.get_by_role("button", name="Add a condition").press("Enter")
    expect(lena.get_by_label("What")).to_be_focused()
    lena.get_by_label("Value").fill(name)
    lena.keyboard.press("Enter")
    expect(lena.locator(".list-fold .chip", has_text=name)).to_have_count(1)
    expect(lena.locator("tbody tr")).to_have_count(1)
    cell = lena.locator("tbody .cell-edit").first
    cell.press("Enter")
    expect(lena.locator("#cell")).to_be_focused()
    lena.keyboard.press("Escape")
    expect(cell).to_be_focused()
    cell.press("Enter")
    lena.locator("#cell").fill("walked.example")
    lena.keyboard.press("Enter")
    expect(cell).to_contain_text("walked.example")
    expect(cell).to_be_focused()
    lena.keyboard.press("j")
    lena.keyboard.press("x")
    expect(lena.get_by_role("checkbox", name=f"Tick {name}")).to_be_checked()
    press_on(lena, "Save this view")
    expect(lena.get_by_label("Name of the view")).to_be_focused()
    lena.keyboard.type("Only this one")
    lena.keyboard.press("Enter")
    expect(lena.locator("#views")).to_contain_text("Only this one")
    assert serious(lena) == [] and lena.troubles == []


def test_nothing_that_is_typed_into_a_filter_is_lost_while_it_changes(employee, instance: Instance):
    """Each answer is held back until something was typed, so that it never comes too early for that."""
    lena, held = employee("lena"), []
    lena.goto(f"{instance.url}/acme/customers")
    press_on(lena, "Filter")
    more, lines = lena.get_by_role("button", name="Add a condition"), lena.locator(".filter-line")
    for at in range(2):
        more.click()
        expect(lines).to_have_count(at + 1)
    what, how, value = (lines.nth(1).locator(f"[name={name}]") for name in "fov")
    lena.route("**/list/filter?line=*", lambda route: held.append(route))

    def answer(count: int) -> None:
        until(lena, lambda: len(held) == count)
        while held:
            held.pop(0).continue_()

    what.select_option("created")
    lena.get_by_label("Value").first.fill("Mia")
    value.press_sequentially("2026-03-31")
    answer(1)
    expect(value).to_have_attribute("type", "date")
    expect(value).to_have_value("2026-03-31")
    expect(value).to_be_focused()
    how.select_option("since")
    more.press("Enter")
    expect(lines).to_have_count(3)
    with lena.expect_response("**/list/filter?line=*"):
        answer(1)
    expect(how).to_have_value("since")
    assert [one.input_value() for one in lena.get_by_label("Value").all()][:2] == ["Mia", "2026-03-31"]
    lines.nth(2).get_by_role("button").first.click()
    expect(lines).to_have_count(2)
    expect(more).to_be_focused()
    lena.get_by_role("button", name="Show").first.click()
    expect(lena.locator(".list-fold .chip", has_text="Mia")).to_have_count(1)
    expect(lena.locator(".list-fold .chip", has_text="Mar 31, 2026")).to_have_count(1)
    assert lena.troubles == []


def test_tickets_wait_while_they_are_pointed_at_and_are_changed_together(employee, instance: Instance):
    anna, lena = employee("anna"), employee("lena")
    anna.goto(f"{instance.url}/acme/tickets?view=open")
    rows = anna.locator(".ticket-row")
    rows.last.locator("a").focus()
    anna.keyboard.press("x")
    expect(rows.last.get_by_role("checkbox")).to_be_checked()
    path, subject = rows.last.locator("a").get_attribute("href"), f"Moved {uuid.uuid4()}"
    form = {"csrf_token": lena.locator("[name=csrf_token]").first.get_attribute("value") or "", "subject": subject}
    assert lena.request.post(f"{instance.url}{path}", form=form).ok
    expect(anna.locator("#new-rows")).to_have_text("1 new")
    expect(rows.last).to_contain_text(subject)
    anna.locator("#new-rows").click()
    expect(rows.first).to_contain_text(subject)
    expect(rows.first.get_by_role("checkbox")).to_be_checked()
    anna.keyboard.press("a")
    expect(anna.locator("#bulk-assignee")).to_be_focused()
    anna.get_by_label("Tick all on this page").check()
    expect(anna.locator(".ticket-choose :checked")).to_have_count(rows.count())
    assert anna.troubles == []


def test_two_who_are_one_are_merged_and_parted_again(employee, instance: Instance):
    lena = employee("lena")
    both = f"Otto {uuid.uuid4().hex}"
    names = [f"{both} Meyer", f"{both} Meier"]
    for name in names:
        lena.goto(f"{instance.url}/acme/customers/new")
        lena.locator("#field-name").fill(name)
        lena.locator("main form .btn-primary").last.click()
        expect(lena.get_by_role("heading", name=name, exact=True, level=1)).to_be_visible()
    lena.get_by_role("link", name="Merge with somebody else").click()
    lena.get_by_label("Name, e-mail or phone").fill(names[0])
    lena.keyboard.press("Enter")
    lena.get_by_role("link", name=names[0]).click()
    lena.get_by_role("checkbox", name=re.compile("keep this one")).check()
    lena.get_by_role("button", name="Merge", exact=True).click()
    expect(lena.get_by_role("heading", name=names[0], level=1)).to_be_visible()
    expect(lena.locator("main")).to_contain_text("became a part of this customer")
    lena.get_by_role("button", name="Undo").click()
    expect(lena.locator("main")).not_to_contain_text("became a part of this customer")
    lena.goto(f"{instance.url}/acme/customers?q={both}")
    expect(lena.locator(".record-name > a")).to_have_count(2)
    assert lena.troubles == []
