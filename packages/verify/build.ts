/**
 * `npm run build -w @countersign/verify` compiles the package and the files of the server that it imports, with their folders. It keeps
 * only files that a program can reach: types lead to much more than the code needs, such as the database.
 */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

const home = import.meta.dirname
const dist = join(home, 'dist')
const { exports }: { exports: Record<string, { types: string; default: string }> } = JSON.parse(
  readFileSync(join(home, 'package.json'), 'utf8'),
)

/** Adds the file and everything that it imports, code with code and types with types. */
function reach(file: string, found: Set<string>): Set<string> {
  if (found.has(file)) return found
  found.add(file)
  const types = file.endsWith('.d.ts')
  for (const [, target = ''] of readFileSync(file, 'utf8').matchAll(
    /(?:\bfrom |\bimport |\bimport\()['"](\.[^'"]+)\.(?:js|ts)['"]/g,
  ))
    reach(resolve(dirname(file), `${target}${types ? '.d.ts' : '.js'}`), found)
  return found
}

rmSync(dist, { recursive: true, force: true })
execFileSync(process.execPath, [resolve(home, '../../node_modules/typescript/bin/tsc'), '-p', home], {
  stdio: 'inherit',
})
const kept = new Set<string>()
for (const entry of Object.values(exports))
  for (const file of [entry.types, entry.default]) reach(join(home, file), kept)
for (const name of readdirSync(dist, { recursive: true, encoding: 'utf8' }))
  if (/\.(js|d\.ts)$/.test(name) && !kept.has(join(dist, name))) rmSync(join(dist, name))
