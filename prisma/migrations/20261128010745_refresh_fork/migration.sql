-- AlterEnum
ALTER TYPE "refresh_outcome" RENAME VALUE 'rekeyed' TO 'forked';
UPDATE "audit_events" SET "type" = 'refresh_forked' WHERE "type" = 'refresh_rekeyed';

-- AlterTable
ALTER TABLE "sessions" ADD COLUMN     "fork_hash" BYTEA,
ADD COLUMN     "fork_salt" BYTEA;
