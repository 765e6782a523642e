-- AlterEnum
ALTER TYPE "one_time_purpose" ADD VALUE 'sign_in';

-- AlterTable
ALTER TABLE "signin_attempts" ADD COLUMN     "device" TEXT,
ADD COLUMN     "ip" TEXT,
ADD COLUMN     "wrong_numbers" INTEGER NOT NULL DEFAULT 0;
