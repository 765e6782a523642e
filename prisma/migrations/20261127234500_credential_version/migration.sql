-- AlterTable
ALTER TABLE "users" ADD COLUMN     "credential_version" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "password_renewals" INTEGER NOT NULL DEFAULT 0;

-- What Prisma's schema cannot say (its diff passes these over):

-- A session starts only if the credentials of its user are still the checked ones. A statement that changes credentials cannot
-- forget to raise the version. A renewal stores another hash of the same password, so it raises "password_renewals" instead.
CREATE FUNCTION "raise_credential_version"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW."credential_version" := OLD."credential_version" + 1;
  RETURN NEW;
END $$;

CREATE TRIGGER "credentials_changed" BEFORE UPDATE ON "users" FOR EACH ROW
  WHEN ((OLD."password_hash" IS DISTINCT FROM NEW."password_hash" AND OLD."password_renewals" = NEW."password_renewals")
    OR (OLD."disabled_at" IS NULL) <> (NEW."disabled_at" IS NULL))
  EXECUTE FUNCTION "raise_credential_version"();
