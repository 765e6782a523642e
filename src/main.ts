#!/usr/bin/env node
/**
 * The executable `countersign`. This file holds only what an old Node can read, so that it can say in a sentence that it is too old. It
 * loads everything else afterwards.
 */
import { readFileSync } from 'node:fs'

const { version, engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
const needed = engines.node.replace('>=', '')
const own = process.versions.node

/** Whether the first version is older than the second one. */
function isOlder(one: string, other: string): boolean {
  const [major = 0, minor = 0] = one.split('.').map(Number)
  const [otherMajor = 0, otherMinor = 0] = other.split('.').map(Number)
  return major < otherMajor || (major === otherMajor && minor < otherMinor)
}

async function run(): Promise<void> {
  // This comes first, so that the code that an earlier start compiled is used again.
  const { enableCompileCache } = await import('node:module')
  enableCompileCache()
  const { widenThreadPool } = await import('./config/config.ts')
  widenThreadPool()
  const { runCommandLine } = await import('./commands/command-line.ts')
  const loadStart = async () => (await import('./start.ts')).start
  process.exitCode = await runCommandLine(process.argv.slice(2), { version, loadStart })
}

if (isOlder(own, needed)) {
  process.stderr.write(`Countersign needs Node ${needed} or newer, and this is Node ${own}.\n`)
  process.exitCode = 1
} else {
  void run()
}
