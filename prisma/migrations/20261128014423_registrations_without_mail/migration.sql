-- AlterTable
ALTER TABLE "one_time_tokens" ADD COLUMN     "mailed" BOOLEAN NOT NULL DEFAULT true;
