-- What Prisma's schema cannot say (its diff passes these over):

-- A server may run with a role that can add audit events and can neither change nor delete them. These functions run with the rights of
-- their owner, and do only what the server must be able to do with past events.

-- For how many days every event is kept, whatever the server asks for. The owner replaces this function to keep them for longer.
CREATE FUNCTION "audit_days_at_least"() RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 1';

-- Deletes at most "most" events that are older than "days" days, and returns their number.
CREATE FUNCTION "remove_expired_audit_events"("days" integer, "most" integer) RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  "removed" integer;
BEGIN
  DELETE FROM public."audit_events" WHERE "id" = ANY(ARRAY(
    SELECT "id" FROM public."audit_events" WHERE "at" < statement_timestamp() - greatest("days", public."audit_days_at_least"()) * interval '1 day'
    ORDER BY "at" LIMIT "most" FOR UPDATE SKIP LOCKED));
  GET DIAGNOSTICS "removed" = ROW_COUNT;
  RETURN "removed";
END $$;

-- Removes addresses and browsers from at most "most" events, and returns their number: from the actions of a user who was deleted, from
-- actions of unknown clients about the user, and from events of the user's sessions. The address of an administrator stays.
CREATE FUNCTION "scrub_deleted_user"("deleted_id" uuid, "session_ids" uuid[], "most" integer) RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  "scrubbed" integer;
BEGIN
  IF EXISTS (SELECT FROM public."users" WHERE "id" = "deleted_id")
    OR EXISTS (SELECT FROM public."sessions" WHERE "id" = ANY("session_ids")) THEN
    RAISE EXCEPTION 'only events of a deleted user are scrubbed';
  END IF;
  UPDATE public."audit_events" SET "ip" = NULL, "user_agent" = NULL, "repeat_key" = NULL WHERE "id" IN (
    SELECT "id" FROM public."audit_events" WHERE ("ip" IS NOT NULL OR "user_agent" IS NOT NULL)
      AND ("actor_id" = "deleted_id" OR ("actor_id" IS NULL
        AND ("subject_id" = "deleted_id" OR "session_id" = ANY("session_ids"))))
    LIMIT "most");
  GET DIAGNOSTICS "scrubbed" = ROW_COUNT;
  RETURN "scrubbed";
END $$;

REVOKE ALL ON FUNCTION "remove_expired_audit_events" FROM PUBLIC;
REVOKE ALL ON FUNCTION "scrub_deleted_user" FROM PUBLIC;
