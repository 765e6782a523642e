-- AlterEnum
ALTER TYPE "refresh_outcome" ADD VALUE 'superseded';

-- AlterTable
ALTER TABLE "sessions" ADD COLUMN     "superseded_hashes" BYTEA[] DEFAULT ARRAY[]::BYTEA[];
