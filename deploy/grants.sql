-- The rights of the app role, for docs/guides/database-roles.md. Run it as the owner, after the first migration:
--   psql --set ON_ERROR_STOP=1 --file deploy/grants.sql "$OWNER_URL"
-- Change the names of the role and the schema if yours differ. To run it again is harmless.
BEGIN;
GRANT USAGE ON SCHEMA public TO countersign_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO countersign_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO countersign_app;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO countersign_app;
-- The past of the audit log belongs to the owner.
REVOKE UPDATE, DELETE ON audit_events FROM countersign_app;
REVOKE INSERT, UPDATE, DELETE ON _prisma_migrations FROM countersign_app;
-- Audit events are kept for this many days at least, whatever the app role asks for. Write your own AUDIT_DAYS here.
CREATE OR REPLACE FUNCTION audit_days_at_least() RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 400';
-- The tables of later migrations get the same rights.
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO countersign_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO countersign_app;
COMMIT;
