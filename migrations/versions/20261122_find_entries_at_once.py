"""Find what fits a search in one round trip: its steps took up to seven, and a page longer to ask than PostgreSQL to answer.

Safe because: it is a function that the release before does not call.
"""

from alembic import op

revision = "find_entries_at_once"
down_revision = "order_what_is_written_together"

# The words as the language reduces them (`wholes`) are looked for first; when these do not fill the page, also the `forms`,
# words that have them in them. Of what fits, the newest `candidates` are ranked: the two newest shelves are looked through
# first, then as many as it will take, or all for what is rare. So a frequent word costs little because it is soon found often
# enough, and a rare one because the index names the few entries that have it. Of PostgreSQL's ways to a row only this index
# is open: how rare a part of a word is, it cannot know.
FIND_ENTRIES = """
CREATE FUNCTION find_entries(tenant uuid, language regconfig, words text[], parts text[], shelf integer, candidates integer,
    most integer)
RETURNS TABLE (ids uuid[], lexemes text[], wholes text[], forms jsonb) LANGUAGE plpgsql
SET search_path = public, pg_temp SET plan_cache_mode = force_custom_plan
SET enable_seqscan = off SET enable_indexscan = off SET enable_indexonlyscan = off AS $$
DECLARE
    few CONSTANT integer := 2;  -- shelves to begin with
    rare CONSTANT integer := 20;  -- what is found less often there is looked for on all
    most_forms CONSTANT integer := 40;
    looked_at CONSTANT integer := 500;  -- forms that were written first, which mostly are the frequent ones
    ranked CONSTANT text := $ranked$
        WITH best AS (
            SELECT id, words, count(*) OVER () AS counted, row_number() OVER (ORDER BY (ts_rank(words, $2) + ts_rank(words, $3))
                * CASE kind WHEN 'ticket' THEN 3 ELSE 1 END / (1 + extract(epoch FROM now() - created_at) / 31536000) DESC,
                id DESC) AS place
            FROM (SELECT id, kind, created_at, words FROM search_entries
                WHERE tenant_id = $1 %s AND words @@ $2 ORDER BY id DESC LIMIT $4) AS newest_that_fit
            ORDER BY place LIMIT $5)
        SELECT array_agg(id ORDER BY place), coalesce(max(counted), 0),
            ARRAY(SELECT DISTINCT unnest(tsvector_to_array(words)) FROM best) FROM best$ranked$;
    newest CONSTANT integer := coalesce((SELECT taken FROM search_marks WHERE tenant_id = tenant LIMIT 1), 0) / shelf;
    shelves integer;
    counted integer;
    either tsquery;
    exact tsquery;
    looked boolean := false;
BEGIN
    -- Words that the language leaves out ("the") count only when there are no others.
    SELECT array_agg(one.whole ORDER BY at), array_agg(one.part ORDER BY at), jsonb_agg('[]'::jsonb)
    INTO wholes, parts, forms FROM (
        SELECT plainto_tsquery(language, word)::text AS whole, part, at, count(*) FILTER (
            WHERE plainto_tsquery(language, word)::text <> '') OVER () AS told
        FROM unnest(words, parts) WITH ORDINALITY AS asked (word, part, at)) AS one WHERE one.whole <> '' OR one.told = 0;
    FOR look IN 1..2 LOOP
        IF look = 2 THEN
            SELECT jsonb_agg(one.has ORDER BY at), array_agg(one.whole ORDER BY at) INTO forms, wholes FROM (
                SELECT at, whole, coalesce((SELECT jsonb_agg(word) FROM (
                    SELECT first.word FROM (SELECT w.word, w.id FROM search_words AS w
                        WHERE w.tenant_id = tenant AND w.word LIKE '%' || part || '%' LIMIT looked_at) AS first
                    ORDER BY first.word LIKE part || '%' DESC, first.id LIMIT most_forms / cardinality(wholes)) AS chosen
                ), '[]') AS has FROM unnest(wholes, parts) WITH ORDINALITY AS sought (whole, part, at)) AS one
            WHERE one.whole <> '' OR one.has <> '[]';
            EXIT WHEN forms IS NULL OR looked AND NOT jsonb_path_exists(forms, '$[*][*]');  -- nothing that was not looked for
        ELSE
            CONTINUE WHEN '' = ANY (wholes);
        END IF;
        SELECT string_agg('(' || concat_ws(' | ', '(' || nullif(one.whole, '') || ')', (SELECT string_agg(
                '''' || replace(replace(form, '\\', '\\\\'), '''', '''''') || '''', ' | ')
                FROM jsonb_array_elements_text(one.has) AS form)) || ')', ' & ')::tsquery,
            coalesce(string_agg('(' || nullif(one.whole, '') || ')', ' & '), '')::tsquery
        INTO either, exact
        FROM (SELECT whole, has FROM unnest(wholes) WITH ORDINALITY AS a (whole, at)
            JOIN jsonb_array_elements(forms) WITH ORDINALITY AS b (has, at) USING (at)) AS one;
        counted := 0;
        shelves := few;
        WHILE shelves <= newest AND counted < candidates LOOP
            EXECUTE format(ranked, 'AND shelf > $6') INTO ids, counted, lexemes
            USING tenant, either, exact, candidates, most, newest - shelves;
            shelves := CASE WHEN shelves = few AND counted >= rare THEN 3 * few * candidates / (2 * counted) + 1 END;
        END LOOP;
        IF counted < candidates THEN
            EXECUTE format(ranked, '') INTO ids, counted, lexemes USING tenant, either, exact, candidates, most;
        END IF;
        EXIT WHEN cardinality(ids) >= most;
        looked := true;
    END LOOP;
    RETURN NEXT;
END $$"""


def upgrade() -> None:
    op.execute(FIND_ENTRIES)


def downgrade() -> None:
    op.execute("DROP FUNCTION find_entries(uuid, regconfig, text[], text[], integer, integer, integer)")
