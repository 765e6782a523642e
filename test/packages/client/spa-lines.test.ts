/**
 * The sample app leaves its sessions to the client: at most 50 lines of its code are about them, and the rest is display. Half of them are about
 * second factors, passkeys and mail.
 */
import { glob, readFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import t from 'tap'

const files = new Map<string, string[]>()
for await (const file of glob('examples/spa/*.ts')) {
  const text = stripTypeScriptTypes(await readFile(file, 'utf8')).replaceAll(/\/\*\*.*?\*\//gs, '')
  const code = text.split('\n').filter((line) => line.trim() !== '' && !/^\s*\/\//.test(line))
  if (!file.endsWith('serve.ts')) files.set(file, code)
}

// The name of the user and the claims of the token are shown, and no part of signing in.
const isAboutSessions = (line: string) => /\bclient\.(?!api\.(updateMe|whoami)\()|verification_id|token/.test(line)

t.test('the own code of examples/spa for signing in has at most 50 lines', async (t) => {
  t.equal(files.size, 10)
  const lines = [...files].flatMap(([file, code]) => (file.endsWith('/auth.ts') ? code : code.filter(isAboutSessions)))
  t.ok(lines.length > 15)
  t.ok(lines.length <= 50, `it has ${lines.length}:\n${lines.join('\n')}`)
  t.comment(`${lines.length} of ${[...files.values()].flat().length} lines of code are about signing in`)
})

t.test('no other code of the app sends requests, or stores', async (t) => {
  const code = [...files.values()].flat().join('\n')
  t.notMatch(code, /\bfetch\(|XMLHttpRequest|localStorage|sessionStorage|indexedDB|BroadcastChannel|document\.cookie/)
  t.equal(code.match(/createClient\(/g)?.length, 1)
})
