/**
 * `npm run db:diff -- add-nickname` writes the migration from the state after all migrations to schema.prisma. Exits with 0 if
 * the migration was written or none is needed, 1 if the schema or a migration is invalid, and 2 without a name.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createDatabase } from '../test/setup/database.ts'
import { drift } from './schema-engine.ts'

const prisma = fileURLToPath(new URL('../prisma', import.meta.url))

process.exitCode = await main(process.argv.slice(2))

async function main([name, ...others]: string[]): Promise<number> {
  if (!name || others.length > 0 || !/^[a-z0-9][a-z0-9_-]*$/i.test(name)) {
    console.error('Usage: npm run db:diff -- NAME, one word of letters, digits, - and _ that says what changes')
    return 2
  }
  try {
    const script = await difference()
    if (script === '') {
      console.log('The migrations amount to schema.prisma already: nothing written.')
      return 0
    }
    const file = await writeMigration(name, script)
    console.log(`${file}:\n\n${script}\nRead it before you commit it, and run \`npm run generate\` for the client.`)
    return 0
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    return 1
  }
}

async function difference(): Promise<string> {
  const schema = await readFile(join(prisma, 'schema.prisma'), 'utf8')
  const database = await createDatabase({ migrated: false })
  try {
    return await drift({ url: database.url, migrationsDir: join(prisma, 'migrations') }, schema)
  } finally {
    await database.drop()
  }
}

async function writeMigration(name: string, script: string): Promise<string> {
  const time = new Date().toISOString().replaceAll(/\D/g, '').slice(0, 14)
  const dir = join(prisma, 'migrations', `${time}_${name.toLowerCase().replaceAll('-', '_')}`)
  await mkdir(dir)
  const file = join(dir, 'migration.sql')
  await writeFile(file, script, { flag: 'wx' })
  return relative(process.cwd(), file)
}
