-- CreateTable
-- UNLOGGED, which Prisma's schema cannot say: counting an attempt waits for no disk and for no replica. What a crash or a
-- failover forgets is how often somebody guessed.
CREATE UNLOGGED TABLE "attempts" (
    "key" BYTEA NOT NULL,
    "count" INTEGER NOT NULL,
    "refused" INTEGER NOT NULL DEFAULT 0,
    "next_at" TIMESTAMPTZ(6) NOT NULL,
    "expires_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "attempts_pkey" PRIMARY KEY ("key")
);

-- CreateIndex
CREATE INDEX "attempts_expires_at_idx" ON "attempts"("expires_at");
