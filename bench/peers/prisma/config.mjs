/** For `prisma generate`. .config/prisma.ts says why it names an engine that never runs. */
import { defineConfig } from 'prisma/config'

process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath
process.env.CHECKPOINT_DISABLE = '1'

export default defineConfig({ schema: './schema.prisma' })
