-- DropIndex
DROP INDEX "audit_events_actor_id_id_idx";

-- DropIndex
DROP INDEX "audit_events_at_idx";

-- DropIndex
DROP INDEX "audit_events_subject_id_id_idx";

-- DropIndex
DROP INDEX "audit_events_type_id_idx";

-- CreateIndex
CREATE INDEX "audit_events_at_id_idx" ON "audit_events"("at", "id");

-- CreateIndex
CREATE INDEX "audit_events_type_at_id_idx" ON "audit_events"("type", "at", "id");

-- CreateIndex
CREATE INDEX "audit_events_subject_id_at_id_idx" ON "audit_events"("subject_id", "at", "id");

-- CreateIndex
CREATE INDEX "audit_events_actor_id_at_id_idx" ON "audit_events"("actor_id", "at", "id");

-- CreateIndex
CREATE INDEX "audit_events_session_id_at_id_idx" ON "audit_events"("session_id", "at", "id");

-- CreateIndex
CREATE INDEX "users_email_key_idx" ON "users"("email_key" text_pattern_ops);

-- CreateIndex
CREATE INDEX "users_roles_idx" ON "users" USING GIN ("roles");

-- What Prisma's schema cannot say (its diff passes these over):

-- An administrator's list of a million people: each of its two searches is a range of one index, whatever the database's
-- collation, and each filter that few people may pass has an index of those who do.
CREATE INDEX "users_name_prefix_idx" ON "users"(lower("name") text_pattern_ops, "id") WHERE "name" IS NOT NULL;
CREATE INDEX "users_disabled_idx" ON "users"("id") WHERE "disabled_at" IS NOT NULL;
CREATE INDEX "users_verified_idx" ON "users"("id") WHERE "email_verified_at" IS NOT NULL;
CREATE INDEX "users_unverified_idx" ON "users"("id") WHERE "email_verified_at" IS NULL;

-- Letters that were given up, for administrators to look through.
CREATE INDEX "mails_dead_idx" ON "mails"("dead_at", "id") WHERE "dead_at" IS NOT NULL;
