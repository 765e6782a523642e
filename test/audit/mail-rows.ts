/** The events of signing in by mail. */

import { wrong } from '../email-addresses/code-mails.ts'
import { type Begun, type Mailed, otherNumber } from '../factors/email-codes/mail-sign-in.ts'
import type { Registered } from '../setup/client.ts'
import type { Node } from '../setup/node.ts'
import { codeTo, linkTo } from '../setup/read-mails.ts'
import { byMail, ownSession, type Row, type Send, stranger } from './event-row.ts'

export function mailRows(node: Node, send: Send): readonly Row[] {
  const ask = async ({ user: { email } }: Registered): Promise<Mailed> => {
    const answer = await send('POST', '/auth/login/email', { body: { email } })
    await node.app.afterAnswers()
    return { ...((await answer.json()) as Begun), code: await codeTo(node, email), token: await linkTo(node, email) }
  }
  const goOn = ({ attempt }: Begun, code: string) =>
    send('POST', '/auth/login/factor', { body: { attempt, method: 'email_code', code } })
  const askAgain = async ({ access_token: token }: Registered) => {
    const answer = await send('POST', '/auth/reauthenticate/email', { token })
    return ((await answer.json()) as Begun).attempt
  }

  return [
    ['sign_in_mail_requested', stranger, ask],
    ['sign_in_mail_requested', ownSession, askAgain],
    [
      'sign_in_approved',
      byMail,
      async (ada) => {
        const { token, number } = await ask(ada)
        await send('POST', '/auth/login/email/approve', { body: { token, number: otherNumber(number) } })
        await send('POST', '/auth/login/email/approve', { body: { token, number } })
      },
    ],
    [
      'account_reclaimed',
      byMail,
      async (ada) => {
        const mailed = await ask(ada)
        await goOn(mailed, mailed.code)
      },
      { password: true, factors: 0, sessions: 1 },
    ],
    [
      'factor_failed',
      stranger,
      async (ada) => {
        const mailed = await ask(ada)
        await goOn(mailed, wrong(mailed.code))
      },
      { method: 'email_code' },
    ],
    [
      'reauthentication_failed',
      ownSession,
      async (ada) => {
        const attempt = await askAgain(ada)
        const code = wrong(await codeTo(node, ada.user.email))
        const body = { method: 'email_code', attempt, code }
        await send('POST', '/auth/reauthenticate', { token: ada.access_token, body })
      },
      { method: 'email_code' },
    ],
  ]
}
