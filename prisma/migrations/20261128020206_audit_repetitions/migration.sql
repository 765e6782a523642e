-- AlterTable
ALTER TABLE "audit_events" ADD COLUMN     "count" INTEGER NOT NULL DEFAULT 1,
ADD COLUMN     "last_at" TIMESTAMPTZ(3),
ADD COLUMN     "repeat_key" BYTEA;

-- What Prisma's schema cannot say (its diff passes these over):

-- Most events are never repetitions. They have no key, and take no room in this index.
CREATE UNIQUE INDEX "audit_events_repeat_key" ON "audit_events" ("repeat_key") WHERE "repeat_key" IS NOT NULL;

-- A client may repeat these events as often as it likes. The first of an hour is a row, and the others raise its count. No statement that
-- writes an event can forget it. The key names all that tells two events apart, except for the address of a client that presents a token
-- of an ended session: with many addresses it could fill the log. Requests with an email that may have no account are not among these
-- events: they would wait for one row, and the time would tell. The function has the rights of its owner, because the role of the server may
-- lack the right to change events.
CREATE FUNCTION "count_repeated_event"() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW."repeat_key" := sha256(convert_to(ROW(NEW."type", NEW."actor_id", NEW."subject_id", NEW."session_id", NEW."detail",
    CASE WHEN NEW."type" <> 'refresh_ended' THEN NEW."ip" END, floor(extract(epoch FROM NEW."at") / 3600))::text, 'UTF8'));
  INSERT INTO public."audit_events" SELECT NEW.*
    ON CONFLICT ("repeat_key") WHERE "repeat_key" IS NOT NULL
    DO UPDATE SET "count" = "audit_events"."count" + 1, "last_at" = greatest("audit_events"."last_at", excluded."at");
  RETURN NULL;
END $$;

-- A theft (refresh_reused) happens once for a session, and is always a row.
CREATE TRIGGER "repeated_events_count" BEFORE INSERT ON "audit_events" FOR EACH ROW
  WHEN (pg_trigger_depth() = 0 AND ((NEW."type" LIKE 'refresh%' AND NEW."type" <> 'refresh_reused')
    OR (NEW."type" = 'login_failed' AND NEW."subject_id" IS NOT NULL)))
  EXECUTE FUNCTION "count_repeated_event"();
