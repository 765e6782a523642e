-- AlterEnum
ALTER TYPE "revocation_kind" ADD VALUE 'key';

-- AlterTable
ALTER TABLE "revocations" ALTER COLUMN "subject" SET DATA TYPE TEXT,
ALTER COLUMN "user_id" DROP NOT NULL;

-- AlterTable
ALTER TABLE "signing_keys" ADD COLUMN     "revoked_at" TIMESTAMPTZ(3),
ADD COLUMN     "signs_from" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
ADD COLUMN     "token_seconds" INTEGER NOT NULL DEFAULT 3600;

-- CreateTable
CREATE TABLE "nodes" (
    "id" UUID NOT NULL,
    "secret_ids" TEXT[],
    "seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "nodes_pkey" PRIMARY KEY ("id")
);

-- What Prisma's schema cannot say (its diff passes these over):

-- Keys from before this migration have signed since they were made.
UPDATE "signing_keys" SET "signs_from" = "created_at";

CREATE FUNCTION "announce_key_end"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "revocations" ("kind", "subject") VALUES ('key', OLD."kid");
  PERFORM pg_notify('countersign_revocations', '');
  RETURN NULL;
END $$;

CREATE TRIGGER "signing_key_revoked" AFTER UPDATE OF "revoked_at" ON "signing_keys" FOR EACH ROW
  WHEN (OLD."revoked_at" IS NULL AND NEW."revoked_at" IS NOT NULL) EXECUTE FUNCTION "announce_key_end"();
