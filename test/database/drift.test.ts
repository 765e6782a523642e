/** The migrations and schema.prisma describe the same database. */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { drift } from '../../scripts/schema-engine.ts'
import { createDatabase } from '../setup/database.ts'

const migrationsDir = fileURLToPath(new URL('../../prisma/migrations', import.meta.url))
const schema = await readFile(new URL('../../prisma/schema.prisma', import.meta.url), 'utf8')
const { url, drop } = await createDatabase({ migrated: false })
t.teardown(drop)

await t.test('the migrations result in schema.prisma', async (t) => {
  t.equal(await drift({ url, migrationsDir }, schema), '')
})

await t.test('a column that no migration adds is reported', async (t) => {
  const changed = schema.replace('model User {', 'model User {\n  nickname String?')
  t.match(await drift({ url, migrationsDir }, changed), /ALTER TABLE "users" ADD COLUMN +"nickname" TEXT;/)
})

await t.test('a column that no migration drops is reported', async (t) => {
  const changed = schema.replace(/^ +name +String\?.*\n/m, '')
  t.match(await drift({ url, migrationsDir }, changed), /DROP COLUMN "name"/)
})
