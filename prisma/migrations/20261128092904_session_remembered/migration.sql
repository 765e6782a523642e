-- AlterTable
ALTER TABLE "sessions" ADD COLUMN     "remembered" BOOLEAN NOT NULL DEFAULT true;
