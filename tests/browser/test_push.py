"""What a browser shows of what is pushed to it. It is handed over by Chromium itself: a push service stands elsewhere."""

import json

import pytest
from playwright.sync_api import expect

from .conftest import PASSWORD, wait_until

pytestmark = pytest.mark.browser
SHOWN = "navigator.serviceWorker.getRegistrations().then((all) => all[0].getNotifications()).then((all) => all.map((one) => one.title))"
CLICKED = """async () => {
  const gone = new Promise((found) => { clients.openWindow = async (address) => found(address); });
  const [notification] = await registration.getNotifications();
  dispatchEvent(new NotificationEvent("notificationclick", { notification }));
  return [await gone, (await registration.getNotifications()).length];
}"""


def test_what_is_pushed_comes_up_while_no_page_has_the_focus_and_leads_to_where_it_happened(chromium, instance):
    context = chromium.new_context(locale="en-GB")
    page = context.new_page()
    page.goto(f"{instance.url}/acme/sign-in?next=/notifications/preferences")
    page.get_by_label("E-mail").fill("lena@acme.test")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Push to this browser")).to_be_enabled()
    context.grant_permissions(["notifications"], origin=instance.url)
    line, found = context.new_cdp_session(page), []
    line.on("ServiceWorker.workerRegistrationUpdated", lambda event: found.extend(event["registrations"]))
    line.send("ServiceWorker.enable")
    page.get_by_role("button", name="Push to this browser").click()
    expect(page.get_by_text("a private window and some browsers never can")).to_be_visible()  # this one is private
    worker = context.service_workers[0] if context.service_workers else context.wait_for_event("serviceworker")
    broken = []
    page.on("pageerror", lambda error: broken.append(error))
    page.evaluate("localStorage.setItem(`push-${document.body.dataset.viewer}`, 'another session')")
    page.reload()  # as after signing in again: what was begun is to be renewed, and cannot
    expect(page.get_by_text("until you signed in again")).to_be_visible()
    assert broken == []
    app = line.send("Page.getAppManifest")
    assert app["url"] == f"{instance.url}/acme/app.webmanifest" and app["errors"] == []
    refused = {one["errorId"] for one in line.send("Page.getInstallabilityErrors")["installabilityErrors"]}
    assert json.loads(app["data"])["start_url"] == "/acme/inbox" and refused <= {"in-incognito"}
    told = {
        "title": "Anna named you in a note",
        "body": "Mia #7",
        "path": "/conversations/7",
        "tag": "/conversations/7",
    }
    push = {"origin": instance.url, "registrationId": found[-1]["registrationId"], "data": json.dumps(told)}
    page.goto(f"{instance.url}/sign-up")  # another page, outside of the workspace

    def is_shown() -> bool:
        line.send("ServiceWorker.deliverPushMessage", push)  # Chromium drops what comes while the page before it goes
        return page.evaluate(SHOWN) == ["Anna named you in a note"]

    wait_until(is_shown)
    assert worker.evaluate(CLICKED) == [f"{instance.url}/acme/conversations/7", 0]
    context.close()
