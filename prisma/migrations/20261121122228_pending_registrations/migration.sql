-- AlterEnum
ALTER TYPE "one_time_purpose" ADD VALUE 'registration';

-- AlterTable
ALTER TABLE "one_time_tokens" ADD COLUMN     "email_key" TEXT,
ADD COLUMN     "name" TEXT,
ADD COLUMN     "password_hash" TEXT,
ALTER COLUMN "user_id" DROP NOT NULL;

-- CreateIndex
CREATE INDEX "one_time_tokens_email_key_idx" ON "one_time_tokens"("email_key");

-- What Prisma's schema cannot say (its diff passes these over):

-- A registration is nobody's yet and holds what the account will be; every other link is somebody's and holds none of it.
-- As text, because a value of an enum may not be used in the transaction that adds it.
ALTER TABLE "one_time_tokens" ADD CONSTRAINT "one_time_tokens_columns_of_purpose" CHECK (
  CASE WHEN "purpose"::text = 'registration'
    THEN "user_id" IS NULL AND "bound_to" IS NULL AND "email_key" IS NOT NULL AND "password_hash" IS NOT NULL
    ELSE "user_id" IS NOT NULL AND "email_key" IS NULL AND "name" IS NULL AND "password_hash" IS NULL
  END);
