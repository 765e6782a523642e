-- CreateEnum
CREATE TYPE "one_time_purpose" AS ENUM ('password_reset', 'email_verification', 'email_change');

-- AlterEnum
-- This migration adds more than one value to an enum.
-- With PostgreSQL versions 11 and earlier, this is not possible
-- in a single migration. This can be worked around by creating
-- multiple migrations, each migration adding only one value to
-- the enum.


ALTER TYPE "revoke_reason" ADD VALUE 'signed_out';
ALTER TYPE "revoke_reason" ADD VALUE 'password_changed';
ALTER TYPE "revoke_reason" ADD VALUE 'password_reset';
ALTER TYPE "revoke_reason" ADD VALUE 'account_deleted';
ALTER TYPE "revoke_reason" ADD VALUE 'admin';

-- AlterTable
ALTER TABLE "sessions" ADD COLUMN     "device" TEXT,
ADD COLUMN     "ip" TEXT;

-- AlterTable
ALTER TABLE "users" ADD COLUMN     "email_verified_at" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "one_time_tokens" (
    "id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "purpose" "one_time_purpose" NOT NULL,
    "hash" BYTEA NOT NULL,
    "email" TEXT NOT NULL,
    "bound_to" BYTEA,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "one_time_tokens_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "mails" (
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "user_id" UUID,
    "sealed" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_error" TEXT,
    "dead_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "mails_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit_events" (
    "id" BIGSERIAL NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "type" TEXT NOT NULL,
    "actor_id" UUID,
    "subject_id" UUID,
    "session_id" UUID,
    "ip" TEXT,
    "user_agent" TEXT,
    "request_id" TEXT,
    "detail" JSONB,

    CONSTRAINT "audit_events_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "one_time_tokens_hash_key" ON "one_time_tokens"("hash");

-- CreateIndex
CREATE INDEX "one_time_tokens_user_id_purpose_idx" ON "one_time_tokens"("user_id", "purpose");

-- CreateIndex
CREATE INDEX "one_time_tokens_expires_at_idx" ON "one_time_tokens"("expires_at");

-- CreateIndex
CREATE INDEX "mails_dead_at_next_attempt_at_idx" ON "mails"("dead_at", "next_attempt_at");

-- CreateIndex
CREATE INDEX "mails_user_id_idx" ON "mails"("user_id");

-- CreateIndex
CREATE INDEX "audit_events_at_idx" ON "audit_events"("at");

-- CreateIndex
CREATE INDEX "audit_events_type_id_idx" ON "audit_events"("type", "id");

-- CreateIndex
CREATE INDEX "audit_events_subject_id_id_idx" ON "audit_events"("subject_id", "id");

-- CreateIndex
CREATE INDEX "audit_events_actor_id_id_idx" ON "audit_events"("actor_id", "id");

-- AddForeignKey
ALTER TABLE "one_time_tokens" ADD CONSTRAINT "one_time_tokens_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What Prisma's schema cannot say (its diff passes these over):

-- Tokens carry roles, and speak for somebody who may log in: when that changes, those that were made before it go, whoever
-- changes it.
CREATE FUNCTION "raise_token_version"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW."token_version" = OLD."token_version" THEN
    NEW."token_version" := OLD."token_version" + 1;
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER "standing_changed" BEFORE UPDATE OF "roles", "disabled_at" ON "users" FOR EACH ROW
  WHEN (OLD."roles" IS DISTINCT FROM NEW."roles" OR (OLD."disabled_at" IS NULL) <> (NEW."disabled_at" IS NULL))
  EXECUTE FUNCTION "raise_token_version"();

-- Not `UPDATE OF token_version`: that passes over a version which another trigger raised.
DROP TRIGGER "token_version_raised" ON "users";
CREATE TRIGGER "token_version_raised" AFTER UPDATE ON "users" FOR EACH ROW
  WHEN (NEW."token_version" > OLD."token_version") EXECUTE FUNCTION "announce_token_version"();
