/** Signing in by mail in cookie mode: the attempt belongs to the browser that asked. */
import t from 'tap'
import { startNode } from '../../setup/node.ts'
import { codeTo, linkTo } from '../../setup/read-mails.ts'
import { cookiesAfter } from '../../setup/set-cookies.ts'
import { beginWithMail, byCode, verifiedUser } from './mail-sign-in.ts'

const origin = 'https://app.example.test'
const node = await startNode(t, { env: { SPA_ORIGINS: origin } })
const { email } = await verifiedUser(node)

/** A request of a browser, with the cookies that it has. */
async function send(path: string, body: object, cookies = '') {
  const headers = { 'content-type': 'application/json', 'x-auth-mode': 'cookie', origin, cookie: cookies }
  const response = await fetch(`${node.baseUrl}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  const text = await response.text()
  await node.app.afterAnswers()
  const answer = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>
  return { status: response.status, body: answer, cookies: cookiesAfter(response) }
}

async function ask(body: object = {}) {
  const { status, body: begun, cookies } = await send('/auth/login/email', { email, ...body })
  if (status !== 202) throw new Error(String(status))
  return { attempt: String(begun['attempt']), number: String(begun['number']), cookies }
}
const ended = { status: 401, body: { code: 'attempt_ended' } }

t.test('the code and the link work in the browser that asked, and in no other', async (t) => {
  for (const method of ['email_code', 'email_link']) {
    const mine = await ask()
    const secret = method === 'email_code' ? { code: await codeTo(node, email) } : { token: await linkTo(node, email) }
    const another = await ask()
    const step = { attempt: mine.attempt, method, ...secret }
    for (const cookies of ['', another.cookies]) {
      for (let i = 0; i < 6; i++) t.match(await send('/auth/login/factor', step, cookies), ended, method)
    }
    if (secret.code) t.match(await byCode(node, mine.attempt, secret.code), ended, 'in bearer mode')
    t.match(await send('/auth/login/factor', step, mine.cookies), { status: 200, body: { mode: 'cookie' } }, method)
  }
})

t.test('an attempt of an app does not work in a browser', async (t) => {
  const { attempt, code } = await beginWithMail(node, email)
  const { cookies } = await ask()
  t.match(await send('/auth/login/factor', { attempt, method: 'email_code', code }, cookies), ended)
})

t.test('the browser that asked approves without the number, and another one with it', async (t) => {
  const mine = await ask()
  const token = await linkTo(node, email)
  const other = await ask()
  t.match(await send('/auth/login/email/inspect', { token }, other.cookies), { body: { same_browser: false } })
  t.match(await send('/auth/login/email/approve', { token }, other.cookies), { status: 400 })
  t.match(await send('/auth/login/factor', { attempt: mine.attempt, method: 'email_link' }, mine.cookies), {
    status: 409,
  })
  t.match(await send('/auth/login/email/inspect', { token }, mine.cookies), { body: { same_browser: true } })
  t.match(await send('/auth/login/email/approve', { token }, mine.cookies), { status: 204 })
  const done = await send('/auth/login/factor', { attempt: mine.attempt, method: 'email_link' }, mine.cookies)
  t.match(done, { status: 200 })
})

t.test('the session is remembered as the browser asked at the beginning', async (t) => {
  for (const remember of [true, false]) {
    const { attempt, cookies } = await ask({ remember })
    const code = await codeTo(node, email)
    const done = await send('/auth/login/factor', { attempt, method: 'email_code', code }, cookies)
    t.equal(done.status, 200)
    const { rows } = await node.database.pool.query('SELECT remembered FROM sessions ORDER BY created_at DESC LIMIT 1')
    t.same(rows, [{ remembered: remember }])
  }
})
