/** The events of sessions, passwords and emails. An event that several use-cases write has a row for each of them. */
import { newPassword } from '../passwords/mailbox.ts'
import { password } from '../setup/client.ts'
import type { Node } from '../setup/node.ts'
import { codeTo, linkTo } from '../setup/read-mails.ts'
import { byMail, ownSession, type Row, type Send, stranger } from './event-row.ts'

const wrong = 'not the password'

/** `verified`: a node on the same database with SIGNUP=verified. */
export function accountRows(node: Node, verified: Pick<Node, 'baseUrl'>, send: Send): readonly Row[] {
  const login = async (email: string): Promise<{ session_id: string }> => {
    const response = await send('POST', '/auth/login', { body: { email, password } })
    return response.json() as Promise<{ session_id: string }>
  }
  const verify = async (address: string, own = {}) =>
    send('POST', '/auth/email/verify', { body: { token: await linkTo(node, address), ...own } })
  const forgot = async (email: string) => {
    const answer = await send('POST', '/auth/password/forgot', { body: { email } })
    await node.app.afterAnswers()
    return answer
  }
  const reset = async (email: string) => {
    await forgot(email)
    return send('POST', '/auth/password/reset', { body: { token: await linkTo(node, email), password: newPassword } })
  }
  const registerAnew = (email: string) =>
    send('POST', '/auth/register', { body: { email, password: newPassword }, at: verified.baseUrl })
  const takeOver = async (email: string) => {
    await registerAnew(email)
    return verify(email, { password: newPassword })
  }
  const changeEmail = (token: string, address: string) =>
    send('POST', '/auth/email/change', { token, body: { new_email: address } })
  const changePassword = (token: string, current: string) =>
    send('POST', '/auth/password', { token, body: { current_password: current, new_password: newPassword } })

  const guessCodes = async (email: string) => {
    const asked = await send('POST', '/auth/email/resend', { body: { email } })
    const { verification_id: id } = (await asked.json()) as { verification_id: string }
    const right = Number(await codeTo(node, email))
    for (let i = 1; i <= 5; i++) {
      const code = String((right + i) % 1_000_000).padStart(6, '0')
      await send('POST', '/auth/email/verify', { body: { verification_id: id, code } })
    }
  }

  const signedOut = { reason: 'signed_out', session: '' }

  return [
    [
      'registration_repeated',
      stranger,
      async ({ user: { email } }) => {
        await verify(email)
        await send('POST', '/auth/register', { body: { email, password }, at: verified.baseUrl })
      },
    ],
    [
      'session_signed_out',
      ownSession,
      async ({ access_token: token, user: { email } }) => {
        signedOut.session = (await login(email)).session_id
        await send('DELETE', `/auth/sessions/${signedOut.session}`, { token })
      },
      signedOut,
    ],
    [
      'sessions_signed_out',
      ownSession,
      async ({ access_token: token, user: { email } }) => {
        await login(email)
        await send('DELETE', '/auth/sessions', { token })
      },
      { reason: 'signed_out', scope: 'others', count: 1 },
    ],
    [
      'reauthenticated',
      ownSession,
      ({ access_token: token }) => send('POST', '/auth/reauthenticate', { token, body: { password } }),
    ],
    [
      'reauthentication_failed',
      ownSession,
      ({ access_token: token }) => send('POST', '/auth/reauthenticate', { token, body: { password: wrong } }),
    ],
    [
      'password_changed',
      ownSession,
      ({ access_token: token }) => changePassword(token, password),
      { sessions_ended: 0, others_kept: false },
    ],
    ['password_change_failed', ownSession, ({ access_token: token }) => changePassword(token, wrong)],
    ['password_reset_requested', stranger, ({ user: { email } }) => forgot(email), { sent: true }],
    ['password_reset', byMail, ({ user: { email } }) => reset(email), { sessions_ended: 1 }],
    [
      'email_verification_requested',
      stranger,
      ({ user: { email } }) => send('POST', '/auth/email/resend', { body: { email } }),
    ],
    ['email_verification_requested', stranger, ({ user: { email } }) => registerAnew(email), { registration: true }],
    ['email_code_exhausted', stranger, ({ user: { email } }) => guessCodes(email)],
    ['email_verified', byMail, ({ user: { email } }) => verify(email)],
    ['email_verified', byMail, ({ user: { email } }) => reset(email)],
    ['email_verified', byMail, ({ user: { email } }) => takeOver(email)],
    ['password_reset', byMail, ({ user: { email } }) => takeOver(email), { sessions_ended: 1 }],
    ['email_change_requested', ownSession, ({ access_token: token }) => changeEmail(token, 'wanted@example.com')],
    [
      'email_change_requested',
      ownSession,
      async ({ access_token: token }) => {
        await send('POST', '/auth/register', { body: { email: 'taken@example.com', password } })
        await changeEmail(token, 'taken@example.com')
      },
    ],
    [
      'email_changed',
      byMail,
      async ({ access_token: token }) => {
        await changeEmail(token, 'changed@example.com')
        await verify('changed@example.com')
      },
    ],
  ]
}
