-- AlterEnum
ALTER TYPE "revoke_reason" ADD VALUE 'evicted';

-- DropForeignKey
ALTER TABLE "sessions" DROP CONSTRAINT "sessions_user_id_fkey";

-- AlterTable
ALTER TABLE "sessions" ADD COLUMN     "epoch" INTEGER NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "users" ADD COLUMN     "sessions_valid_from" INTEGER NOT NULL DEFAULT 0;

-- CreateTable
CREATE TABLE "deleted_users" (
    "id" UUID NOT NULL,

    CONSTRAINT "deleted_users_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "sessions_user_id_epoch_idx" ON "sessions"("user_id", "epoch") WHERE "revoked_at" IS NULL;

-- What Prisma's schema cannot say (its diff passes these over):

-- Disabling ends every session. Access tokens go with their sessions, with a former password, and with roles that changed.
CREATE FUNCTION "end_sessions_of_disabled"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW."sessions_valid_from" = OLD."sessions_valid_from" THEN
    NEW."sessions_valid_from" := OLD."sessions_valid_from" + 1;
  END IF;
  RETURN NEW;
END $$;

-- Triggers of one kind run in the order of their names, so this one runs before "standing_changed".
CREATE TRIGGER "disabled" BEFORE UPDATE OF "disabled_at" ON "users" FOR EACH ROW
  WHEN (OLD."disabled_at" IS NULL AND NEW."disabled_at" IS NOT NULL) EXECUTE FUNCTION "end_sessions_of_disabled"();

-- Not `UPDATE OF …`, which passes over what another trigger changed.
DROP TRIGGER "standing_changed" ON "users";
CREATE TRIGGER "standing_changed" BEFORE UPDATE ON "users" FOR EACH ROW
  WHEN (OLD."roles" IS DISTINCT FROM NEW."roles" OR (OLD."disabled_at" IS NULL) <> (NEW."disabled_at" IS NULL)
    OR OLD."sessions_valid_from" <> NEW."sessions_valid_from"
    OR (OLD."password_hash" IS DISTINCT FROM NEW."password_hash" AND OLD."password_renewals" = NEW."password_renewals"))
  EXECUTE FUNCTION "raise_token_version"();

-- The revocation of a user covers all sessions that ended with it. The sessions of a deleted user have no other revocation.
CREATE OR REPLACE FUNCTION "announce_session_end"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM "users" u WHERE u."id" = OLD."user_id" AND u."sessions_valid_from" <= OLD."epoch") THEN
    INSERT INTO "revocations" ("kind", "subject", "user_id") VALUES ('session', OLD."id", OLD."user_id");
    PERFORM pg_notify('countersign_revocations', '');
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION "announce_user_end"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "revocations" ("kind", "subject", "user_id", "min_token_version")
    VALUES ('user', OLD."id", OLD."id", 2147483647);
  PERFORM pg_notify('countersign_revocations', '');
  RETURN NULL;
END $$;

CREATE TRIGGER "user_deleted" AFTER DELETE ON "users" FOR EACH ROW EXECUTE FUNCTION "announce_user_end"();
