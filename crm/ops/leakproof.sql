-- Under row-level security an index serves a search only when the operator's function is marked leakproof.
-- These reveal nothing of what they compare, not even in an error. Dumps do not carry the marks:
-- run this as a superuser, in Rapport's database, after every restore and upgrade.
ALTER FUNCTION ts_match_vq(tsvector, tsquery) LEAKPROOF;
ALTER FUNCTION ts_match_qv(tsquery, tsvector) LEAKPROOF;
ALTER FUNCTION texticlike(text, text) LEAKPROOF;
ALTER FUNCTION texticnlike(text, text) LEAKPROOF;
ALTER FUNCTION textlike(text, text) LEAKPROOF;
ALTER FUNCTION textnlike(text, text) LEAKPROOF;
ALTER FUNCTION jsonb_object_field_text(jsonb, text) LEAKPROOF;
ALTER FUNCTION similarity_op(text, text) LEAKPROOF;
ALTER FUNCTION word_similarity_op(text, text) LEAKPROOF;
ALTER FUNCTION word_similarity_commutator_op(text, text) LEAKPROOF;
ALTER FUNCTION unaccent(text) LEAKPROOF;
ALTER FUNCTION unaccent(regdictionary, text) LEAKPROOF;
