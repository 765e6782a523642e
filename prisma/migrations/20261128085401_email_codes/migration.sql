-- CreateTable
CREATE TABLE "email_codes" (
    "id" BYTEA NOT NULL,
    "code_hash" BYTEA NOT NULL,
    "mailbox" BYTEA NOT NULL,
    "token_id" UUID,
    "tries" INTEGER NOT NULL DEFAULT 0,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "email_codes_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "email_codes_token_id_idx" ON "email_codes"("token_id");

-- CreateIndex
CREATE INDEX "email_codes_expires_at_idx" ON "email_codes"("expires_at");

-- AddForeignKey
ALTER TABLE "email_codes" ADD CONSTRAINT "email_codes_token_id_fkey" FOREIGN KEY ("token_id") REFERENCES "one_time_tokens"("id") ON DELETE SET NULL ON UPDATE CASCADE;
