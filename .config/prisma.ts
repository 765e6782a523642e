import { defineConfig } from 'prisma/config'

// Prisma's CLI downloads a schema engine before any command unless it is told where one is. No command we run
// (generate, validate, format) executes it, so any program that exists will do, and nothing is fetched.
process.env['PRISMA_SCHEMA_ENGINE_BINARY'] ??= process.execPath
process.env['CHECKPOINT_DISABLE'] = '1'

export default defineConfig({
  schema: '../prisma/schema.prisma',
  migrations: { path: '../prisma/migrations' },
})
