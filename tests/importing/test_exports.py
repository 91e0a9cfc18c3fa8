"""Files as other programs export them: their columns are known, and what they say is understood."""

from sqlalchemy import select

from crm.customers.models import Company
from crm.db import db
from crm.importing.guessing import suggested
from crm.importing.kinds import importables
from crm.importing.models import Import
from crm.tickets.models import Ticket
from tests import make
from tests.importing.files import figures, ran, sent, tried

# {(program, kind): (headings, the fields that they are, None for what is left out)}
HEADINGS = {
    ("HubSpot", "customers"): (
        "Record ID,First Name,Last Name,Email,Phone Number,Contact owner,Primary company,Last Activity Date,Lead Status,Lifecycle Stage",
        "-,first_name,last_name,email,phone,owner,company,-,-,lifecycle_stage"),
    ("HubSpot", "companies"): (
        "Record ID,Company name,Company owner,Create Date,Phone Number,Last Activity Date,City,Country/Region,Industry,"
        "Company Domain Name,Number of Employees,Year Founded,Parent Company",
        "external_id,name,owner,-,phone,-,city,country,industry,domain,employees,founded,parent"),
    ("HubSpot", "tickets"): (
        "Ticket ID,Ticket name,Pipeline,Ticket status,Create date,Priority,Ticket owner,Source,Last activity date,Ticket description,"
        "Close date,Associated Contact",
        "external_id,subject,-,status,opened,priority,assignee,-,-,note,ended,customer"),
    ("HubSpot", "products"): ("Record ID,Name,Product description,SKU,Unit price,Unit cost,Term",
                              "external_id,name,description,sku,price_EUR,-,-"),
    ("Salesforce", "customers"): (
        "Id,AccountId,LastName,FirstName,Salutation,MailingStreet,MailingCity,MailingPostalCode,MailingCountry,Phone,MobilePhone,Email",
        "-,company,last_name,first_name,-,street,city,postal_code,country,phone,phones,email"),
    ("Salesforce", "companies"): (
        "Id,Name,Type,ParentId,BillingStreet,BillingCity,BillingState,BillingPostalCode,BillingCountry,Phone,Website,Industry,"
        "AnnualRevenue,NumberOfEmployees,OwnerId",
        "external_id,name,-,parent,street,city,region,postal_code,country,phone,website,industry,-,employees,-"),
    ("Salesforce", "tickets"): (
        "Case Number,Contact Name,Subject,Status,Priority,Date/Time Opened,Date/Time Closed,Case Owner,Age",
        "external_id,customer,subject,status,priority,opened,ended,assignee,-"),
    ("Salesforce", "products"): ("Id,Name,ProductCode,Description,IsActive,Family",
                                 "external_id,name,sku,description,active,category"),
    ("Pipedrive", "customers"): (
        "Person - ID,Person - Name,Person - Labels,Person - Organization,Person - Email - Work,Person - Email - Home,"
        "Person - Phone - Work,Person - Phone - Mobile,Person - Owner,Person - Open deals",
        "-,name,tags,company,email,emails,phone,phones,owner,-"),
    ("Pipedrive", "companies"): (
        "Organization - ID,Organization - Name,Organization - Labels,Organization - Address,"
        "Organization - ZIP/Postal code of Address,Organization - Owner,Organization - People",
        "external_id,name,tags,street,postal_code,owner,-"),
    ("Pipedrive", "products"): ("Product - ID,Product - Name,Product - Product code,Product - Category,Product - Unit,Product - Active",
                                "external_id,name,sku,category,-,active"),
    ("Google Contacts", "customers"): (
        "First Name,Middle Name,Last Name,Nickname,File As,Organization Name,Organization Title,Birthday,Notes,Photo,Labels,"
        "E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value,Address 1 - Formatted,Address 1 - Street,Address 1 - City",
        "first_name,-,last_name,-,-,company,title,-,note,-,tags,-,emails,-,phones,-,street,city"),
}  # fmt: skip
CASES = """Ticket ID,Ticket name,Pipeline,Ticket status,Create date,Priority,Ticket owner,Ticket description,Close date,Associated Contact
77001,Zip,Support,Waiting on us (Support),2026-05-31 14:03,MEDIUM,Lena (lena@acme.test),Broken,,Mia Meier (mia@acme.example)
77002,Tent,Support,Waiting on contact,2026-05-31 14:03,,,,,Mia Meier (mia@acme.example);Jo Kim (jo@acme.example)
"""
ACCOUNTS = "Id,Name,ParentId,BillingCity\n0012,Lower,0011,Berlin\n0011,Upper,000000000000000AAA,Bonn\n0013,Top,,Ulm\n0014,Side,0013,Ulm\n"


def test_columns_of_other_programs_are_known_for_every_kind_that_they_export(app):
    with make.inside():
        for (program, name), (headings, meant) in HEADINGS.items():
            about = {"headings": headings.split(","), "samples": []}
            mapping, source = suggested(importables[name], Import(kind=name, about=about, headings_hash="x"))
            assert source == program, (program, name)
            assert [mapping.get(heading, "-") for heading in headings.split(",")] == meant.split(","), (program, name)


def test_tickets_of_hubspot_name_people_and_states_in_its_own_way(app):
    lead, mia = make.browser(make.employee("Lena", "lead")), make.customer("Mia Meier", email="mia@acme.example")
    tried(lead, at := sent(lead, CASES, "tickets.csv", "tickets"))
    assert figures(ran(lead, at))["Created"] == "2"
    with make.inside():
        found = {one.external_id: one for one in db.session.scalars(select(Ticket)).all()}
    assert [(one.customer_id, one.status, one.created_at.date().isoformat()) for one in found.values()] == [
        (mia.id, "open", "2026-05-31"), (mia.id, "pending", "2026-05-31")]  # fmt: skip
    assert (found["77001"].priority, found["77001"].assignee_id) == ("normal", make.employee("Lena", "lead").id)


def test_accounts_of_salesforce_find_their_parents_by_its_ids(app):
    lead = make.browser(make.employee("Lena", "lead"))
    page = tried(lead, at := sent(lead, ACCOUNTS, "accounts.csv", "companies"))
    assert figures(page)["Refused"] == "2" and "no company is called" in page
    ran(lead, at)
    with make.inside():
        found = {one.name: one for one in db.session.scalars(select(Company)).all()}
        assert found["Side"].parent_id == found["Top"].id and found["Side"].external_id == "0014"
