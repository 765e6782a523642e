-- CreateEnum
CREATE TYPE "factor_kind" AS ENUM ('totp', 'passkey');

-- AlterTable
ALTER TABLE "users" ADD COLUMN     "factor_kinds" TEXT[] DEFAULT ARRAY[]::TEXT[];

-- CreateTable
CREATE TABLE "factors" (
    "id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "kind" "factor_kind" NOT NULL,
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "confirmed_at" TIMESTAMPTZ(3),
    "last_used_at" TIMESTAMPTZ(3),
    "sealed_secret" TEXT,
    "last_step" BIGINT,
    "credential_id" BYTEA,
    "public_key" BYTEA,
    "counter" BIGINT,
    "transports" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "synced" BOOLEAN,
    "aaguid" UUID,

    CONSTRAINT "factors_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "recovery_codes" (
    "id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "hash" BYTEA NOT NULL,
    "used_at" TIMESTAMPTZ(3),

    CONSTRAINT "recovery_codes_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "signin_attempts" (
    "id" BYTEA NOT NULL,
    "user_id" UUID,
    "credential_version" INTEGER,
    "amr" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "session_id" UUID,
    "mode" "session_mode" NOT NULL,
    "binding_hash" BYTEA,
    "remembered" BOOLEAN NOT NULL DEFAULT true,
    "tries" INTEGER NOT NULL DEFAULT 0,
    "number" INTEGER,
    "approved_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "signin_attempts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "spent_challenges" (
    "hash" BYTEA NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "spent_challenges_pkey" PRIMARY KEY ("hash")
);

-- CreateTable
CREATE TABLE "trusted_devices" (
    "user_id" UUID NOT NULL,
    "device_id" TEXT NOT NULL,
    "name" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "trusted_devices_pkey" PRIMARY KEY ("user_id","device_id")
);

-- CreateIndex
CREATE UNIQUE INDEX "factors_credential_id_key" ON "factors"("credential_id");

-- CreateIndex
CREATE INDEX "factors_user_id_idx" ON "factors"("user_id");

-- CreateIndex
CREATE UNIQUE INDEX "recovery_codes_hash_key" ON "recovery_codes"("hash");

-- CreateIndex
CREATE INDEX "recovery_codes_user_id_idx" ON "recovery_codes"("user_id");

-- CreateIndex
CREATE INDEX "signin_attempts_user_id_idx" ON "signin_attempts"("user_id");

-- CreateIndex
CREATE INDEX "signin_attempts_expires_at_idx" ON "signin_attempts"("expires_at");

-- CreateIndex
CREATE INDEX "spent_challenges_expires_at_idx" ON "spent_challenges"("expires_at");

-- CreateIndex
CREATE INDEX "trusted_devices_expires_at_idx" ON "trusted_devices"("expires_at");

-- AddForeignKey
ALTER TABLE "factors" ADD CONSTRAINT "factors_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "recovery_codes" ADD CONSTRAINT "recovery_codes_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "signin_attempts" ADD CONSTRAINT "signin_attempts_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "trusted_devices" ADD CONSTRAINT "trusted_devices_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What Prisma's schema cannot say (its diff passes these over):

ALTER TABLE "factors" ADD CONSTRAINT "factors_columns_of_kind" CHECK (CASE "kind"
  WHEN 'totp' THEN "sealed_secret" IS NOT NULL AND num_nonnulls("credential_id", "public_key", "counter", "synced", "aaguid") = 0
  WHEN 'passkey' THEN num_nonnulls("credential_id", "public_key", "counter", "synced", "confirmed_at") = 5
    AND num_nonnulls("sealed_secret", "last_step") = 0
  END);

-- A user has one TOTP factor that waits to be confirmed. A new one replaces it.
CREATE UNIQUE INDEX "factors_unconfirmed_key" ON "factors" ("user_id") WHERE "confirmed_at" IS NULL;

-- A confirmed factor is added or removed: a sign-in whose proofs were checked before starts no session, and access tokens from before end.
-- A factor that is used, renamed or not confirmed yet changes nothing.
CREATE FUNCTION "factors_changed"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  "of_user" uuid := coalesce(NEW."user_id", OLD."user_id");
BEGIN
  UPDATE "users" SET "credential_version" = "credential_version" + 1, "token_version" = "token_version" + 1, "factor_kinds" = ARRAY(
    SELECT DISTINCT f."kind"::text FROM "factors" f WHERE f."user_id" = "of_user" AND f."confirmed_at" IS NOT NULL ORDER BY 1)
  WHERE "id" = "of_user";
  RETURN NULL;
END $$;

CREATE TRIGGER "factor_added" AFTER INSERT ON "factors" FOR EACH ROW
  WHEN (NEW."confirmed_at" IS NOT NULL) EXECUTE FUNCTION "factors_changed"();
CREATE TRIGGER "factor_confirmed" AFTER UPDATE ON "factors" FOR EACH ROW
  WHEN (OLD."confirmed_at" IS NULL AND NEW."confirmed_at" IS NOT NULL) EXECUTE FUNCTION "factors_changed"();
CREATE TRIGGER "factor_removed" AFTER DELETE ON "factors" FOR EACH ROW
  WHEN (OLD."confirmed_at" IS NOT NULL) EXECUTE FUNCTION "factors_changed"();

-- A changed password or factor ends the trust in devices: the change may follow a theft.
CREATE FUNCTION "forget_trusted_devices"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM "trusted_devices" WHERE "user_id" = NEW."id";
  RETURN NULL;
END $$;

CREATE TRIGGER "credential_version_raised" AFTER UPDATE ON "users" FOR EACH ROW
  WHEN (NEW."credential_version" > OLD."credential_version") EXECUTE FUNCTION "forget_trusted_devices"();
