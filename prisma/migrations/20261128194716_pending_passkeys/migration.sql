-- CreateTable
CREATE TABLE "pending_passkeys" (
    "token_id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "credential_id" BYTEA NOT NULL,
    "public_key" BYTEA NOT NULL,
    "counter" BIGINT NOT NULL,
    "transports" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "synced" BOOLEAN NOT NULL,
    "aaguid" UUID,
    "name" TEXT NOT NULL,

    CONSTRAINT "pending_passkeys_pkey" PRIMARY KEY ("token_id")
);

-- AddForeignKey
ALTER TABLE "pending_passkeys" ADD CONSTRAINT "pending_passkeys_token_id_fkey" FOREIGN KEY ("token_id") REFERENCES "one_time_tokens"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What Prisma's schema cannot say (its diff passes these over):

-- A registration may have a passkey instead of a password.
ALTER TABLE "one_time_tokens" DROP CONSTRAINT "one_time_tokens_columns_of_purpose";
ALTER TABLE "one_time_tokens" ADD CONSTRAINT "one_time_tokens_columns_of_purpose" CHECK (
  CASE WHEN "purpose"::text = 'registration'
    THEN "user_id" IS NULL AND "bound_to" IS NULL AND "email_key" IS NOT NULL
    ELSE "user_id" IS NOT NULL AND "email_key" IS NULL AND "name" IS NULL AND "password_hash" IS NULL
  END);
