/** SIGNUP=verified: several registrations of one address. Any link proves the mailbox, and the password says whose registration it is. */
import t from 'tap'
import { call } from '../setup/client.ts'
import { duringNextCompare } from '../setup/hashing.ts'
import { startNode } from '../setup/node.ts'
import { mailsTo } from '../setup/read-mails.ts'

const env = { SIGNUP: 'verified', RATE_LIMITS: 'requests=0,register=0,login_address=0' }
const node = await startNode(t, { env })
const other = await startNode(t, { databaseUrl: node.databaseUrl, env })
const mine = 'the password of the owner'
const theirs = (i: number) => `the password number ${i} of a stranger`
const post = (path: string, body: unknown, at = node) => call(`${at.baseUrl}/auth/${path}`, { body })
const signUp = async (email: string, password: string, name?: string) =>
  t.equal((await post('register', { email, password, ...(name === undefined ? {} : { name }) })).status, 202)
const login = async (email: string, password: string) => (await post('login', { email, password })).status
const rows = async (email: string) =>
  (await node.database.pool.query('SELECT * FROM one_time_tokens WHERE email_key = $1', [email])).rows
const nameOf = async (email: string) =>
  (await node.database.pool.query('SELECT name FROM users WHERE email_key = $1', [email])).rows[0]?.name

/** The tokens of the links that came by mail, the newest first. */
const links = async (email: string) =>
  (await mailsTo(node, email)).map(({ text }) => /\/open-account#token=([\w-]{43})/.exec(text)?.[1] ?? '')

/** A stranger registers the address five times, which uses up its mails, and then its owner does. Returns the links. */
async function ownerComesLast(email: string): Promise<string[]> {
  for (let i = 0; i < 5; i++) await signUp(email, theirs(i), 'Stranger')
  await signUp(email, mine, 'Owner')
  return links(email)
}

for (const [which, pick] of [
  ['newest', (all: string[]) => all[0]],
  ['oldest', (all: string[]) => all.at(-1)],
] as const) {
  t.test(`an owner without a mail of their own opens the ${which} link with their own password`, async (t) => {
    const email = `${which}@example.com`
    const all = await ownerComesLast(email)
    t.equal(all.length, 5, 'the mails of the address are used up')
    t.equal((await post('email/verify', { token: pick(all), password: mine })).status, 204)
    t.equal(await login(email, mine), 200)
    t.equal(await nameOf(email), 'Owner')
    for (let i = 0; i < 5; i++) t.equal(await login(email, theirs(i)), 401)
    for (const token of all) t.equal((await post('email/verify', { token, password: theirs(0) })).status, 400)
    t.same(await rows(email), [])
  })
}

t.test('a link does nothing without a password, and stays valid', async (t) => {
  const email = 'scanner@example.com'
  await signUp(email, mine)
  const [token] = await links(email)
  const wrong = [
    [{}, '/password'],
    [{ password: mine, new_password: mine }, '/new_password'],
    [{ new_password: 'password1' }, '/new_password'],
  ] as const
  for (const [given, path] of wrong) {
    const body = { code: 'invalid_request', errors: [{ path }] }
    t.match(await post('email/verify', { token, ...given }), { status: 400, body }, path)
  }
  t.equal((await post('email/verify', { token, password: mine })).status, 204)
})

t.test('with a password that nobody registered, the link stays valid, and a new password can be set', async (t) => {
  const email = 'forgot@example.com'
  await signUp(email, theirs(0), 'Stranger')
  const [token] = await links(email)
  const refused = { status: 401, body: { code: 'invalid_credentials', detail: /or choose a new one/ } }
  t.match(await post('email/verify', { token, password: mine }), refused)
  t.equal((await post('email/verify', { token, new_password: mine })).status, 204)
  t.equal(await login(email, mine), 200)
  t.equal(await login(email, theirs(0)), 401)
  t.equal(await nameOf(email), null, 'a stranger chose no name')
})

t.test('wrong passwords with a link must wait like those in a session', async (t) => {
  const email = 'guesses@example.com'
  await signUp(email, mine)
  const [token] = await links(email)
  const statuses: number[] = []
  for (let i = 0; i < 7; i++) statuses.push((await post('email/verify', { token, password: theirs(i) })).status)
  t.same(statuses, [401, 401, 401, 401, 401, 429, 429])
  t.equal((await post('email/verify', { token, new_password: mine })).status, 204, 'a new password need not wait')
})

t.test('however often a stranger registers, few rows are kept, and the links in the mailbox work', async (t) => {
  const email = 'flood@example.com'
  await signUp(email, mine)
  for (let i = 0; i < 15; i++) await signUp(email, theirs(i))
  t.equal((await rows(email)).length, 10)
  const all = await links(email)
  t.equal((await post('email/verify', { token: all.at(-1), password: mine })).status, 204, 'the first mail is theirs')
  t.equal(await login(email, mine), 200)
})

t.test('an owner whose registration was dropped sets a new password', async (t) => {
  const email = 'dropped@example.com'
  const all = await ownerComesLast(email)
  for (let i = 5; i < 12; i++) await signUp(email, theirs(i))
  t.equal((await post('email/verify', { token: all[0], password: mine })).status, 401)
  t.equal((await post('email/verify', { token: all[0], new_password: mine })).status, 204)
  t.equal(await login(email, mine), 200)
})

t.test('of two links that are used at once with two passwords, one decides', async (t) => {
  const email = 'once@example.com'
  const passwords = [mine, theirs(0)]
  for (const password of passwords) await signUp(email, password)
  const [second, first] = await links(email)
  const uses = [post('email/verify', { token: first, password: mine })]
  uses.push(post('email/verify', { token: second, password: theirs(0) }, other))
  const statuses = (await Promise.all(uses)).map(({ status }) => status)
  t.same(new Set(statuses), new Set([204, 400]))
  const winner = statuses.indexOf(204)
  t.equal(await login(email, passwords[winner] ?? ''), 200)
  t.equal(await login(email, passwords[1 - winner] ?? ''), 401)
})

t.test('a registration that arrives while the link is used changes nothing', async (t) => {
  const email = 'meanwhile@example.com'
  await signUp(email, mine)
  const [token] = await links(email)
  duringNextCompare(t, () => post('register', { email, password: theirs(0) }, other))
  t.equal((await post('email/verify', { token, password: mine })).status, 204)
  t.equal(await login(email, mine), 200)
  t.equal(await login(email, theirs(0)), 401)
  t.same(await rows(email), [], 'it is gone with the link')
})
