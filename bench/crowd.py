"""Who a business of some years knows: people with names, companies, a field of the workspace's own, and what happened with them."""

NAMES = """
CREATE TEMP TABLE first_names AS SELECT n - 1 AS n, name FROM unnest(ARRAY['Anna', 'Theo', 'Maria', 'Lukas', 'Sophie', 'Jonas',
    'Elif', 'Mehmet', 'Olga', 'Ivan', 'Chloé', 'Søren', 'Jürgen', 'Björn', 'Zoë', 'Ahmed', 'Fatima', 'Paul', 'Peter', 'Karin',
    'Ulrike', 'Nils', 'Greta', 'Hanna', 'Leon', 'Mia', 'Emma', 'Noah', 'Ben', 'Finn']) WITH ORDINALITY AS given (name, n);
CREATE TEMP TABLE last_names AS SELECT n, initcap(substr(translate(md5(n::text), '0123456789', 'aeioulnrst'), 1, 2 + n % 4))
    || (ARRAY['mann', 'berg', 'meier', 'schmidt', 'huber', 'stein', 'feld', 'bach', 'son', 'ova'])[1 + n % 10] AS name
FROM generate_series(0, 4999) n;
CREATE TEMP TABLE firms AS SELECT n, make_uuid7() AS id FROM generate_series(1, greatest({customers} / 20, 1)) n;
CREATE TEMP TABLE tiers AS SELECT n - 1 AS n, name FROM unnest(ARRAY['Gold', 'Silver', 'Bronze']) WITH ORDINALITY AS tier (name, n);
ANALYZE first_names; ANALYZE last_names; ANALYZE firms;
INSERT INTO companies (tenant_id, id, name, domain, city, industry, employees)
SELECT '{tenant}', id, name || (ARRAY[' GmbH', ' AG', ' & Co', ' Ltd'])[1 + firms.n % 4], 'firm' || firms.n || '.test',
    (ARRAY['Graz', 'Wien', 'Linz', 'Bern', 'Ulm'])[1 + firms.n % 5], 'Trade', firms.n % 900
FROM firms JOIN last_names ON last_names.n = firms.n * 7 % 5000;
"""

PEOPLE = """
INSERT INTO people (tenant_id, id, kind, name, email, phone, language, country, last_seen_at, lifecycle_stage, company_id, custom)
SELECT '{tenant}', clients.id, 'customer', first_names.name || ' ' || last_names.name, 'customer' || clients.n || '@example.test',
    '+4930' || (1000000 + clients.n), 'en', 'DE', now() - clients.n * interval '3 minutes',
    (ARRAY['lead', 'prospect', 'customer', 'former'])[1 + clients.n % 4], firms.id,
    jsonb_build_object('tier', tiers.name, 'points', clients.n % 1000)
FROM clients JOIN first_names ON first_names.n = clients.n * 7919::bigint % 30
JOIN last_names ON last_names.n = clients.n * 34909::bigint % 5000
JOIN tiers ON tiers.n = CASE WHEN clients.n % 50 = 0 THEN 0 ELSE 1 + clients.n % 2 END
LEFT JOIN firms ON clients.n % 2 = 0 AND firms.n = 1 + clients.n % greatest({customers} / 20, 1);
INSERT INTO places (tenant_id, id, customer_id, company_id, title)
SELECT '{tenant}', make_uuid7(), people.id, company_id, 'Buyer' FROM people WHERE company_id IS NOT NULL AND tenant_id = '{tenant}';
"""

FIELDS = """
CREATE TEMP TABLE fields AS SELECT key, make_uuid7() AS id FROM unnest(ARRAY['tier', 'points']) AS one (key);
INSERT INTO custom_fields (tenant_id, id, kind, key, name, type, options, required, help, position, seen_from, edited_from,
    filterable, state, done)
SELECT '{tenant}', id, 'customer', key, initcap(key), CASE key WHEN 'tier' THEN 'choice' ELSE 'number' END,
    CASE key WHEN 'tier' THEN '["Gold", "Silver", "Bronze"]'::jsonb ELSE '[]' END, false, '', 1, 'agent', 'agent', true,
    'ready', 0 FROM fields;
INSERT INTO custom_values (tenant_id, id, field_id, record_id, text)
SELECT '{tenant}', make_uuid7(), fields.id, people.id, lower(custom ->> 'tier') FROM people, fields
WHERE key = 'tier' AND people.kind = 'customer' AND people.tenant_id = '{tenant}';
INSERT INTO custom_values (tenant_id, id, field_id, record_id, number)
SELECT '{tenant}', make_uuid7(), fields.id, people.id, (custom ->> 'points')::bigint * 1000000 FROM people, fields
WHERE key = 'points' AND people.kind = 'customer' AND people.tenant_id = '{tenant}';
"""

# What is told of them, spread evenly over everybody besides what their own conversations had.
EVENTS = """
INSERT INTO events (tenant_id, id, created_at, name, subject_type, subject_id, facts, customer_id)
SELECT '{tenant}', make_uuid7(), now() - tick.n * interval '9 seconds', 'customer.stage_changed', 'people', clients.id,
    '{{"from": "lead", "to": "prospect"}}', clients.id
FROM generate_series({first}::bigint, {last}) tick (n) JOIN clients ON clients.n = 1 + tick.n % {customers};
"""

TOLD = """
INSERT INTO events (tenant_id, id, created_at, name, subject_type, subject_id, facts, customer_id)
SELECT '{tenant}', make_uuid7(), messages.created_at, 'message.posted', 'messages', messages.id,
    jsonb_build_object('kind', messages.kind), conversations.customer_id
FROM messages JOIN conversations ON conversations.tenant_id = messages.tenant_id AND conversations.id = messages.conversation_id
WHERE messages.tenant_id = '{tenant}' AND conversations.number <= {open};
"""
