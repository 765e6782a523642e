-- AlterTable
ALTER TABLE "users" ALTER COLUMN "email" DROP NOT NULL,
ALTER COLUMN "email_key" DROP NOT NULL;

-- What Prisma's schema cannot say (its diff passes these over):

-- A user has an address with its key, or neither. Only an address can be verified.
ALTER TABLE "users" ADD CONSTRAINT "users_email_complete" CHECK (
  ("email" IS NULL) = ("email_key" IS NULL) AND ("email" IS NOT NULL OR "email_verified_at" IS NULL));
