"""Two customers become one, and two again, whatever points to them."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import Index, UniqueConstraint, func, select

from crm.accounts.models import Session
from crm.conversations.models import Conversation, Participant
from crm.customers.erasing.erase import erase
from crm.customers.fields import write_custom
from crm.customers.fields.models import CustomField, CustomValue
from crm.customers.merging.merge import merge_customers
from crm.customers.merging.undo import part
from crm.customers.models import Company, Customer, CustomerMerge, CustomerPhone, Erasure, MergedCustomer, VisitorToken
from crm.db import db, now
from crm.references import past, pointers
from tests import make
from tests.customers.test_fields import add_field
from tests.floor import world
from tests.floor.walk import snapshot

# What a merge and its undoing write by themselves; push devices belong to employees' sessions.
BESIDES = ("audit", "events", "customer_merges", "merged_rows", "outbox", "tenants")


def pointing(id: Any) -> dict[str, int]:
    """{table.column: how many rows name this person}."""
    found = {}
    for pointer in pointers("people"):
        found[str(pointer)] = db.session.scalar(select(func.count()).select_from(pointer.table).where(pointer.of(id)))
    return found


def point_everything_at(url: str, tenant_id: Any, gone: Any, but: set[str]) -> None:
    """One row of each table that names people names this one, as if they had done everything that people ever do."""
    with psycopg.connect(url) as connection:
        connection.execute("SET session_replication_role = replica")
        for pointer in pointers("people"):
            if str(pointer) not in but:
                one = f"SELECT id FROM {pointer.table.name} WHERE tenant_id = %s AND id <> %s"
                one += f" ORDER BY {pointer.column} IS NULL, id DESC LIMIT 1"
                query = f"UPDATE {pointer.table.name} SET {pointer.column} = %s WHERE id = ({one}) AND tenant_id = %s"
                connection.execute(query, [gone, tenant_id, gone, tenant_id])


def test_who_was_here_before_an_employee_entered_them_was_here_when_the_two_are_one(client):
    there = client.post("/acme/customers", data={"name": "Mia Meier", "email": "mia@example.com"}).location
    assert "Never seen yet" in client.get(there).text
    with make.inside():
        seen, kept = now() - timedelta(days=2), Customer.first(email="mia@example.com")
        gone = Customer(name="Mia M.", created_at=seen - timedelta(days=1), last_seen_at=seen).save()
        db.session.flush()
        merge_customers(kept, gone)
    page = client.get(there).text
    assert "Never seen yet" not in page and f'datetime="{seen.isoformat()}"' in page


@pytest.mark.committed
def test_nothing_names_the_gone_one_and_undoing_restores_every_row_bit_by_bit(app, servers):
    acme = world.build("acme")
    with make.inside():
        gone = Customer(name="Mia M.", phone="+4930901820", note="Likes tents").save()
        db.session.flush()
        Session.begin(gone, "Their browser", "127.0.0.1")
        VisitorToken.customer_for("k" * 64, name="Nobody")
    skipped = past | {"sessions.person_id", "people.merged_into_id", "duplicate_pairs.one_id"}
    point_everything_at(servers.superuser_database_url, acme.tenant.id, gone.id, skipped)
    before = snapshot(servers.superuser_database_url, acme.tenant.id)
    with make.inside(actor=acme.boss):
        named = pointing(gone.id)
        assert [name for name, count in named.items() if not count and name not in skipped] == []
        merge = merge_customers(Customer.find(id=acme.customer.id), Customer.find(id=gone.id), acme.boss)
        assert {name: count for name, count in pointing(gone.id).items() if count and name not in past} == {}
        assert merge.count >= len(pointers("people")) - len(skipped) - 6
    assert snapshot(servers.superuser_database_url, acme.tenant.id) != before
    with make.inside(actor=acme.boss):
        assert part(CustomerMerge.locked(id=merge.id)) == []
    after = snapshot(servers.superuser_database_url, acme.tenant.id)
    assert [name for name in before if before[name] != after[name] and not name.startswith(BESIDES)] == []


def merged(client, kept, gone, *take):
    return client.post(f"/acme/customers/{kept.id}/merges", data={"other": gone.id, "take": list(take)})


def undo(client, kept):
    page = client.get(f"/acme/customers/{kept.id}").text
    return client.post(f"/acme/customers/merges/{page.partition('/merges/')[2][:36]}/undoing", follow_redirects=True)


@pytest.fixture
def lena(app):
    return make.browser(make.employee("Lena", "lead"))


@pytest.fixture
def two(app):
    """Carla, who proved her address, and a visitor who only typed it; each has said something."""
    with make.inside():
        Customer(name="Carla Meyer", email="carla@example.test", phone="+4930901820").save()
    with make.inside():
        carla = Customer.find(email="carla@example.test")
    visitor = make.customer("C. Meier", claimed_email="carla@example.test", phone="+4930901821", city="Berlin")
    make.conversation(customer=carla, body="My invoice, please")
    make.conversation(customer=visitor, body="My tent is torn")
    return carla, visitor


def test_two_stand_side_by_side_become_one_and_two_again(lena, two):
    kept, gone = two
    found = lena.get(f"/acme/customers/{kept.id}/merges/new?q=meier").text
    assert f"other={gone.id}" in found
    page = lena.get(f"/acme/customers/{kept.id}/merges/new?other={gone.id}").text
    for words in ("Carla Meyer", "C. Meier", "Berlin", "Nobody stays signed in as C. Meier", 'value="name"', "30 days"):
        assert words in page
    assert merged(lena, kept, gone, "name").status_code == 303
    page = lena.get(f"/acme/customers/{kept.id}").text
    for words in ("C. Meier", "My tent is torn", "My invoice, please", "+49 30 901821", "became a part of"):
        assert words in page
    assert lena.get(f"/acme/customers/{gone.id}").location == f"/acme/customers/{kept.id}"
    assert f"/acme/customers/{gone.id}" not in lena.get("/acme/customers?q=Mei").text
    assert merged(lena, kept, gone).status_code == 404 and merged(lena, kept, kept).status_code == 409
    with make.inside():
        said = make.conversation(customer=Customer.find(id=kept.id), body="Said since")
    assert "there are two customers again" in undo(lena, kept).text
    page = lena.get(f"/acme/customers/{kept.id}").text
    assert "Carla Meyer" in page and "Said since" in page and "My tent is torn" not in page and said
    page = lena.get(f"/acme/customers/{gone.id}").text
    assert "C. Meier" in page and "My tent is torn" in page and "+49 30 901821" in page


def test_own_fields_stand_side_by_side_too_and_either_value_may_stay(lena, two):
    kept, gone = two
    for key, facts in (("size", {"filterable": True}), ("tier", {}), ("secret", {"seen_from": "admin"})):
        add_field(key, **facts)
    with make.inside():
        for one, worn in ((kept, "M"), (gone, "L")):
            write_custom(Customer.find(id=one.id), {"size": worn, "tier": worn, "secret": worn})
    page = lena.get(f"/acme/customers/{kept.id}/merges/new?other={gone.id}").text
    assert "Size" in page and 'value="custom.size"' in page and "Secret" not in page
    assert merged(lena, kept, gone, "custom.secret").status_code == 422
    assert merged(lena, kept, gone, "custom.size").status_code == 303
    with make.inside():
        assert Customer.find(id=kept.id).custom == {"size": "L", "tier": "M", "secret": "M"}
        assert db.session.scalars(select(CustomValue.text)).all() == ["l"]
    undo(lena, kept)
    with make.inside():
        assert [Customer.find(id=one.id).custom["size"] for one in two] == ["M", "L"]


def test_who_only_claimed_an_address_reads_nothing_of_whose_it_is(lena, two):
    """Whichever of the two is kept: the visitor's browser opens neither afterwards, and does again when it is undone."""
    carla, visitor = two
    for kept, gone in ((carla, visitor), (visitor, carla)):
        merged(lena, kept, gone)
        with make.inside():
            assert db.session.scalar(select(func.count()).select_from(VisitorToken)) == 0
            one = Customer.find(id=kept.id)
            assert (one.email, one.claimed_email) == ("carla@example.test", None)
        undo(lena, kept)
        with make.inside():
            assert db.session.scalars(select(VisitorToken.customer_id)).all() == [visitor.id]
            assert Customer.find(id=visitor.id).claimed_email == "carla@example.test"


def test_what_both_have_stays_once_and_an_address_taken_since_is_not_given_back(lena, two, boris):
    kept, gone = two
    with make.inside():
        for one in (kept, gone):
            CustomerPhone(customer_id=one.id, number="+4930901822").save()
        room = db.session.scalars(select(Conversation).where(Conversation.customer_id == gone.id)).one()
        for one, seq in ((kept, 0), (gone, 7)):
            room.read_by(one, seq)
        Customer.find(id=gone.id).external_id = "77"
        Customer.find(id=kept.id).external_id = "76"
    merged(lena, kept, gone)
    with make.inside():
        assert sorted(db.session.scalars(select(CustomerPhone.number)).all()) == ["+4930901821", "+4930901822"]
        read = select(Participant.last_read_seq).where(Participant.conversation_id == room.id)
        assert db.session.scalars(read).all() == [room.staff_position]
        Customer(name="Somebody new", external_id="77").save()
    assert "so it was not given back: 77" in undo(lena, kept).text
    with make.inside():
        assert Customer.find(id=gone.id).external_id is None and Customer.find(id=kept.id).external_id == "76"
        numbers = select(CustomerPhone.number).where(CustomerPhone.customer_id == gone.id)
        assert db.session.scalars(numbers).all() == ["+4930901822"]


def test_fields_that_name_the_gone_one_name_the_kept_one_the_gone_one_again_and_nobody_when_erased(two, anna):
    kept, gone = two
    with make.inside():
        friend = CustomField.add(
            "customer", "friend", name="Friend", type="person", filterable=True, preset=str(gone.id)
        )
        CustomField.add("company", "contact", name="Contact", type="person", filterable=True)
        tom, firm = Customer(name="Tom").save(), Company(name="Tents").save()
        db.session.flush()
        for one, key in ((tom, "friend"), (firm, "contact"), (Customer.find(id=kept.id), "friend")):
            write_custom(one, {key: str(gone.id)})

    def named() -> list[Any]:
        db.session.expire_all()
        beside = select(CustomValue.text).where(CustomValue.record_id.in_((tom.id, firm.id)))
        at = [Customer.find(id=tom.id).custom.get("friend"), Company.find(id=firm.id).custom.get("contact")]
        return [*at, CustomField.find(id=friend.id).preset, *db.session.scalars(beside)]

    with make.inside():
        merge_id = merge_customers(Customer.find(id=kept.id), Customer.find(id=gone.id), anna).id
        db.session.flush()
        assert named() == [str(kept.id)] * 5 and Customer.find(id=kept.id).custom == {}  # nobody is their own friend
    with make.inside():
        part(CustomerMerge.locked(id=merge_id))
        db.session.flush()
        assert named() == [str(gone.id)] * 5 and Customer.find(id=kept.id).custom == {"friend": str(gone.id)}
    with make.inside():
        erase(Erasure.ask(gone, anna))
        assert named() == [None] * 3 and Customer.find(id=kept.id).custom == {}


def test_merges_are_parted_in_their_order_and_not_after_thirty_days(lena, client, two, carla):
    kept, gone = two
    third = make.customer("Carla M.")
    assert merged(client, kept, gone).status_code == 403
    merged(lena, kept, gone)
    merged(lena, third, kept)
    assert lena.get(f"/acme/customers/{gone.id}").location == f"/acme/customers/{third.id}"
    with make.inside():
        first = CustomerMerge.find(gone_id=gone.id)
        assert db.session.scalars(select(MergedCustomer.merged_into_id)).all() == [third.id, third.id]
    assert "Part those two first" in lena.post(f"/acme/customers/merges/{first.id}/undoing").text
    outside = make.browser(make.employee("Olga", "owner", "globex"))
    assert outside.post(f"/globex/customers/merges/{first.id}/undoing").status_code == 404
    undo(lena, third)
    with make.inside():
        CustomerMerge.find(id=first.id).created_at -= timedelta(days=31)
    assert "30 days ago" in lena.post(f"/acme/customers/merges/{first.id}/undoing").text


# Tables that grow with every day's work: others hold some rows for each colleague, or one for each time that somebody did this.
GROWING = {"messages", "conversations", "participants", "tickets", "ticket_followers", "transactions", "calls", "notifications",
           "consents", "ratings", "visitor_tokens", "customer_emails", "customer_phones", "customer_tags", "places"}  # fmt: skip


def test_whoever_is_merged_or_erased_is_found_in_what_grows_without_reading_all_of_it():
    """Also where only colleagues ever stand: merging and erasing look there all the same."""
    found = [pointer for pointer in pointers("people") if pointer.table.name in GROWING]
    assert {pointer.table.name for pointer in found} == GROWING
    assert [str(pointer) for pointer in found if not has_an_index(pointer)] == []


def has_an_index(pointer: Any) -> bool:
    """By it, of every row that names somebody."""
    keys = [
        key for key in (*pointer.table.indexes, *pointer.table.constraints) if isinstance(key, Index | UniqueConstraint)
    ]
    columns = [[getattr(one, "name", None) for one in getattr(key, "expressions", key.columns)] for key in keys]
    wheres = [key.dialect_options["postgresql"].get("where") for key in keys]
    whole = (where is None or str(where).endswith(f"{pointer.column} IS NOT NULL") for where in wheres)
    return any(
        names[:2] == ["tenant_id", pointer.column] and all_of_it
        for names, all_of_it in zip(columns, whole, strict=True)
    )
