-- CreateEnum
CREATE TYPE "session_mode" AS ENUM ('bearer', 'cookie');

-- AlterEnum
ALTER TYPE "revoke_reason" ADD VALUE 'replaced';

-- AlterTable
ALTER TABLE "sessions" ADD COLUMN     "mode" "session_mode" NOT NULL DEFAULT 'bearer';
