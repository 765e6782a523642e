/** The events of factors. */
import { call, type Registered, refresh } from '../setup/client.ts'
import type { Node } from '../setup/node.ts'
import { addApp, beginLogin, codeFrom, forgetSteps, wrongCode } from '../setup/totp.ts'
import { ownSession, type Row, type Send, stranger } from './event-row.ts'

/** `limited`: a node on the same database that allows one wrong code for an account. */
export function factorRows(node: Node, limited: Pick<Node, 'baseUrl'>, send: Send): readonly Row[] {
  /** Adds an app, and returns it with the access token of the session from then on. */
  const withApp = async (ada: Registered) => {
    const app = await addApp(node, ada.access_token)
    await forgetSteps(node, ada.user.id)
    return { app, token: (await refresh(node.baseUrl, ada.refresh_token)).body.access_token }
  }
  const goOn = async (ada: Registered, method: string, code: string, at = node.baseUrl) => {
    const attempt = await beginLogin(node, ada.user.email)
    return send('POST', '/auth/login/factor', { body: { attempt, method, code }, at })
  }
  const again = (token: string, method: string, code: string) =>
    send('POST', '/auth/reauthenticate', { token, body: { method, code } })

  return [
    [
      'factor_added',
      ownSession,
      async ({ access_token: token }) => {
        const { body } = await call<{ id: string; secret: string }>(`${node.baseUrl}/auth/factors/totp`, {
          method: 'POST',
          token,
        })
        await send('POST', '/auth/factors/totp/confirm', { token, body: { id: body.id, code: codeFrom(body.secret) } })
      },
      { kind: 'totp' },
    ],
    [
      'factor_renamed',
      ownSession,
      async (ada) => {
        const { app, token } = await withApp(ada)
        await send('PATCH', `/auth/factors/${app.id}`, { token, body: { name: 'Old phone' } })
      },
      { kind: 'totp' },
    ],
    [
      'factor_removed',
      ownSession,
      async (ada) => {
        const { app, token } = await withApp(ada)
        await send('DELETE', `/auth/factors/${app.id}`, { token })
      },
      { kind: 'totp', last: true },
    ],
    [
      'factor_failed',
      stranger,
      async (ada) => goOn(ada, 'totp', wrongCode((await withApp(ada)).app.secret)),
      { method: 'totp' },
    ],
    [
      'factor_refused',
      stranger,
      async (ada) => {
        const { app } = await withApp(ada)
        await goOn(ada, 'totp', wrongCode(app.secret), limited.baseUrl)
        await goOn(ada, 'totp', wrongCode(app.secret), limited.baseUrl)
      },
      { by: 'factor_account' },
    ],
    [
      'recovery_codes_created',
      ownSession,
      async (ada) => send('POST', '/auth/factors/recovery-codes', { token: (await withApp(ada)).token }),
      { count: 10 },
    ],
    [
      'recovery_code_used',
      { ...ownSession, session: null },
      async (ada) => goOn(ada, 'recovery_code', (await withApp(ada)).app.recoveryCodes[0] ?? ''),
      { left: 9 },
    ],
    [
      'recovery_code_used',
      ownSession,
      async (ada) => {
        const { app, token } = await withApp(ada)
        await again(token, 'recovery_code', app.recoveryCodes[9] ?? '')
      },
      { left: 9 },
    ],
    [
      'reauthentication_failed',
      ownSession,
      async (ada) => {
        const { app, token } = await withApp(ada)
        await again(token, 'totp', wrongCode(app.secret))
      },
      { method: 'totp' },
    ],
  ]
}
