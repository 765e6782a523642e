/** For `prisma generate`: see .config/prisma.ts for why an engine is named that nothing runs. */
import { defineConfig } from 'prisma/config'

process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath
process.env.CHECKPOINT_DISABLE = '1'

export default defineConfig({ schema: './schema.prisma' })
