/** What the codes in mails do not tell: to somebody with a dump of the database, and to somebody who guesses. */
import { createHash } from 'node:crypto'
import t from 'tap'
import { password, register } from '../setup/client.ts'
import { startNode, testSecret } from '../setup/node.ts'
import { codeTo, linkTo } from '../setup/read-mails.ts'
import { seen } from '../setup/stopwatch.ts'
import { ask, askByRegister, verify, wrong } from './code-mails.ts'

const node = await startNode(t)
const { databaseUrl } = node
const { pool } = node.database
const verified = await startNode(t, { databaseUrl, env: { SIGNUP: 'verified' } })
const invalid = { status: 400, body: { code: 'invalid_code' } }
const done = { status: 204 }
const idOf = (verificationId: string) => createHash('sha256').update(verificationId).digest()
const rowOf = async (verificationId: string) =>
  (await pool.query('SELECT * FROM email_codes WHERE id = $1', [idOf(verificationId)])).rows[0]

t.test('nothing in the database leads to a code without the secret of the server', async (t) => {
  const asked = await askByRegister(node, 'dump@example.com')
  const twice = await askByRegister(node, 'dump-again@example.com')
  const row = await rowOf(asked.verification_id)
  const sha256 = (...parts: (string | Buffer)[]) =>
    parts.reduce((made, part) => made.update(part), createHash('sha256')).digest('hex')
  for (const guess of [
    sha256(asked.code),
    sha256(row.id, asked.code),
    sha256(asked.code, row.id),
    sha256(asked.verification_id, asked.code),
    sha256('dump@example.com', asked.code),
  ]) {
    t.not(row.code_hash.toString('hex'), guess)
  }
  const text = JSON.stringify(row, (_, value) => (Buffer.isBuffer(value) ? value.toString('latin1') : value))
  for (const part of [asked.code, asked.verification_id, 'dump@example.com']) t.notOk(text.includes(part), part)
  // The same digits for another request have another hash, so that equal codes cannot be found.
  await pool.query('UPDATE email_codes SET code_hash = $2 WHERE id = $1', [idOf(twice.verification_id), row.code_hash])
  t.match(await verify(node, { code: asked.code, verification_id: twice.verification_id }), invalid)
})

t.test('a code outlives the change of the secret, and other secrets do not know it', async (t) => {
  const newer = 'a newer secret that is only good for tests and nowhere'
  const asked = await askByRegister(node, 'rotated@example.com')
  const both = await startNode(t, { databaseUrl, env: { COUNTERSIGN_SECRET: `${newer},${testSecret}` } })
  t.match(await verify(both, { code: wrong(asked.code), verification_id: asked.verification_id }), invalid)
  t.match(await verify(both, { code: asked.code, verification_id: asked.verification_id }), done)
})

t.test('a stranger who guesses codes learns nothing about an email', async (t) => {
  await askByRegister(node, 'known@example.com')
  await verify(node, { token: await linkTo(node, 'known@example.com') })
  await askByRegister(node, 'disabled@example.com')
  await pool.query(`UPDATE users SET disabled_at = now() WHERE email = 'disabled@example.com'`)
  const tries = async (path: string, email: string, asked = node) => {
    const id = await ask(asked, path, { email, ...(path === 'register' ? { password } : {}) })
    const answers: unknown[] = []
    // A guess is wrong except for one time in a million.
    for (let i = 0; i < 7; i++)
      answers.push(seen(await verify(node, { verification_id: id, code: wrong('000000', i) })))
    return { answers, tries: (await rowOf(id)).tries }
  }
  for (const [path, asked] of [
    ['password/forgot', node],
    ['email/resend', node],
    ['register', verified],
  ] as const) {
    const nobody = await tries(path, `nobody-${path.replace('/', '-')}@example.com`, asked)
    t.equal(nobody.tries, 5)
    for (const email of ['known@example.com', 'disabled@example.com']) {
      t.strictSame(await tries(path, email, asked), nobody, `${path} ${email}`)
    }
  }
})

t.test('no code fits a change to an address that another account has, whatever else is stored', async (t) => {
  await register(node.baseUrl, 'held@example.com')
  const { access_token: token } = await register(node.baseUrl)
  const id = await ask(node, 'email/change', { new_email: 'held@example.com' }, token)
  const row = await rowOf(id)
  t.match(row, { token_id: null, tries: 0 })
  await t.rejects(codeTo(node, 'held@example.com'), 'its mail has no code')
})
