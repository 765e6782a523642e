-- CreateEnum
CREATE TYPE "revocation_kind" AS ENUM ('session', 'user');

-- CreateTable
CREATE TABLE "revocations" (
    "seq" BIGSERIAL NOT NULL,
    "xid" xid8 NOT NULL DEFAULT pg_current_xact_id(),
    "kind" "revocation_kind" NOT NULL,
    "subject" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "min_token_version" INTEGER,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "revocations_pkey" PRIMARY KEY ("seq")
);

-- CreateIndex
CREATE INDEX "revocations_xid_idx" ON "revocations"("xid");

-- CreateIndex
CREATE INDEX "revocations_created_at_idx" ON "revocations"("created_at");

-- What Prisma's schema cannot say (its diff passes these over):

-- Whatever ends a session or raises a token version announces it, in the same transaction. NOTIFY only wakes listeners:
-- what has to be known is in the rows.
CREATE FUNCTION "announce_session_end"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "revocations" ("kind", "subject", "user_id") VALUES ('session', OLD."id", OLD."user_id");
  PERFORM pg_notify('countersign_revocations', '');
  RETURN NULL;
END $$;

CREATE TRIGGER "session_revoked" AFTER UPDATE OF "revoked_at" ON "sessions" FOR EACH ROW
  WHEN (OLD."revoked_at" IS NULL AND NEW."revoked_at" IS NOT NULL) EXECUTE FUNCTION "announce_session_end"();

CREATE TRIGGER "session_deleted" AFTER DELETE ON "sessions" FOR EACH ROW
  WHEN (OLD."revoked_at" IS NULL AND least(OLD."idle_expires_at", OLD."absolute_expires_at") > now())
  EXECUTE FUNCTION "announce_session_end"();

CREATE FUNCTION "announce_token_version"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "revocations" ("kind", "subject", "user_id", "min_token_version")
    VALUES ('user', NEW."id", NEW."id", NEW."token_version");
  PERFORM pg_notify('countersign_revocations', '');
  RETURN NULL;
END $$;

CREATE TRIGGER "token_version_raised" AFTER UPDATE OF "token_version" ON "users" FOR EACH ROW
  WHEN (NEW."token_version" > OLD."token_version") EXECUTE FUNCTION "announce_token_version"();
