"""What people write, made up: a few words stand everywhere, most of them seldom, and many a message names a number.

Each sentence draws from the words as a language does (the n-th is drawn about 1/n times as often as the first). The
entries of the search are written as `crm.tickets.indexing` writes them; a clock would take them in by and by.
"""

import random
from itertools import accumulate

SYLLABLES = "ba be bra do dru en fa fi gra ha il ka kro la lin ma mo na no or pa pel qui ra re sa schi ta ten um ver wa zo".split()
KNOWN = """the and to is parcel I order it my you have not of for in invoice please we was delivery refund on with still number
when return address account can be yesterday wrong umbrella broken size colour where thanks hello regards today late
voucher receipt email password button website warranty exchange payment card bank courier driver neighbour pickup""".split()
WORDS, SENTENCES = 40_000, 50_000

# Frequent and rare words, two and three, parts, numbers, a sentence, and one that nobody wrote.
SEARCHED = ["parcel", "quibrafi", "parcel refund", "where is the parcel", "par", "800123", "1234", "order invoice delivery",
            "umbr", "verba quisa", "nowhere"]  # fmt: skip

TABLE = "CREATE TEMP TABLE sentences (n integer PRIMARY KEY, said text) ON COMMIT DROP"
ENTRIES = """
INSERT INTO search_entries (tenant_id, id, created_at, kind, words, shelf)
SELECT tenant_id, id, created_at, 'ticket', to_tsvector('english', subject), row_number() OVER (ORDER BY id) / {shelf}
FROM tickets WHERE tenant_id = '{tenant}';
INSERT INTO search_entries (tenant_id, id, created_at, kind, conversation_id, words, shelf)
SELECT tenant_id, id, created_at, 'message', conversation_id, to_tsvector('english', body), (row_number() OVER (ORDER BY id)
    + (SELECT count(*) FROM tickets WHERE tenant_id = '{tenant}')) / {shelf}
FROM messages WHERE tenant_id = '{tenant}' ORDER BY id;
INSERT INTO search_words (tenant_id, id, word) SELECT '{tenant}', make_uuid7(), word
FROM (SELECT word FROM ts_stat($$SELECT words FROM search_entries WHERE tenant_id = '{tenant}'$$) ORDER BY ndoc DESC) w;
INSERT INTO search_marks (tenant_id, id, taken_to, taken) VALUES ('{tenant}', make_uuid7(), clock_timestamp(),
    (SELECT count(*) FROM search_entries WHERE tenant_id = '{tenant}'));
"""


def sentences() -> list[tuple[int, str]]:
    """(number, text); the same ones every time."""
    chance = random.Random(1)
    words = KNOWN + ["".join(chance.choices(SYLLABLES, k=chance.randint(2, 5))) for _ in range(WORDS)]
    often = list(accumulate(1 / (rank + 3) for rank in range(len(words))))
    return [(n, " ".join(chance.choices(words, cum_weights=often, k=chance.randint(4, 14)))) for n in range(SENTENCES)]
