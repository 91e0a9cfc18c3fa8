"""Features to the right add to a conversation's page without being imported."""

from crm import registry
from tests import make


def test_a_later_feature_adds_to_the_panel_and_to_the_menu(client, monkeypatch):
    conversation = make.conversation()
    part, entry = (
        f"<section>Case of #{conversation.number}</section>",
        '<button class="dropdown-item">Make a case</button>',
    )
    monkeypatch.setitem(registry.panels, "conversation", [lambda shown: part, lambda shown: None])
    monkeypatch.setitem(registry.panels, "conversation_menu", [lambda shown: entry])
    here = f"/acme/conversations/{conversation.number}"
    page, panel, header = (client.get(f"{here}{path}").text for path in ("", "/panel", "/header"))
    assert part in page and entry in page
    assert part in panel and entry not in panel
    assert entry in header and part not in header
