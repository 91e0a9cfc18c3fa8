"""A file comes in: tried, run, and taken back as a whole."""

import uuid

import pytest
from playwright.sync_api import expect

from .conftest import Instance
from .steps import serious

pytestmark = pytest.mark.browser
FILE = "Name;E-Mail;Stadt\nÄnne Größe;aenne@{0};Köln\nBob;not an address;Ulm\n=1+1;formula@{0};Bonn\n"


def test_a_file_is_tried_run_and_taken_back(employee, instance: Instance):
    lena, host = employee("lena"), f"{uuid.uuid4().hex}.example"
    lena.goto(f"{instance.url}/acme/imports/new")
    lena.get_by_label("What is in it").select_option(label="Customers")
    file = FILE.format(host).encode()
    lena.set_input_files("main [type=file]", {"name": "people.csv", "mimeType": "text/csv", "buffer": file})
    lena.get_by_role("button", name="Go on").click()
    lena.get_by_role("button", name="Show what would happen").click()
    run = lena.get_by_role("button", name="Import these rows")
    expect(run).to_be_visible()
    expect(lena.locator(".import-rows")).to_contain_text("Write an e-mail address such as")
    assert serious(lena) == []
    run.click()
    back = lena.get_by_role("button", name="Take all of it back")
    expect(back).to_be_visible()
    lena.get_by_role("link", name="Created").click()
    expect(lena.locator(".import-rows a")).to_have_text(["Änne Größe", "=1+1"])
    back.click()
    expect(lena.locator(".figures")).to_contain_text("Taken back")
    expect(lena.locator("#progress")).to_have_count(0)
    lena.goto(f"{instance.url}/acme/customers?q={host}")
    expect(lena.locator("main")).to_contain_text("Nobody found")
    assert lena.troubles == []
