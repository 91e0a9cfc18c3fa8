-- The database, its three roles and its extensions. Run by psql as a superuser, with :database,
-- :owner_password, :app_password and :backup_password set; running it again changes nothing but the passwords.
SELECT 'CREATE ROLE rapport_owner' WHERE to_regrole('rapport_owner') IS NULL \gexec
SELECT 'CREATE ROLE rapport_app' WHERE to_regrole('rapport_app') IS NULL \gexec
SELECT 'CREATE ROLE rapport_backup' WHERE to_regrole('rapport_backup') IS NULL \gexec
-- Owns the schema and migrates it.
ALTER ROLE rapport_owner LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD :'owner_password';
-- Serves the pages: owns nothing, and row-level security always holds for it.
ALTER ROLE rapport_app LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD :'app_password';
-- Reads everything for back-ups and writes nothing.
ALTER ROLE rapport_backup LOGIN NOSUPERUSER BYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD :'backup_password';
ALTER ROLE rapport_backup SET default_transaction_read_only = on;

SELECT 'CREATE DATABASE ' || quote_ident(:'database') || ' OWNER rapport_owner'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE :"database" TO rapport_app, rapport_backup;
\connect :"database"

ALTER SCHEMA public OWNER TO rapport_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO rapport_app, rapport_backup;
ALTER DEFAULT PRIVILEGES FOR ROLE rapport_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO rapport_app;
ALTER DEFAULT PRIVILEGES FOR ROLE rapport_owner IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO rapport_app;
ALTER DEFAULT PRIVILEGES FOR ROLE rapport_owner IN SCHEMA public GRANT SELECT ON TABLES TO rapport_backup;
ALTER DEFAULT PRIVILEGES FOR ROLE rapport_owner IN SCHEMA public GRANT SELECT ON SEQUENCES TO rapport_backup;

CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS unaccent;
CREATE EXTENSION IF NOT EXISTS btree_gin;
CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
