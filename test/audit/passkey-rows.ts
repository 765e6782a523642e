/** The events of passkeys. */
import { createAuthenticator } from '../factors/passkeys/authenticator.ts'
import { creationOptions, requestOptions } from '../factors/passkeys/users.ts'
import type { Node } from '../setup/node.ts'
import { ownSession, type Row, type Send, stranger } from './event-row.ts'

export function passkeyRows(node: Node, send: Send): readonly Row[] {
  // The id is known once the passkey has been added.
  const reversed = { factor_id: '', counter: 1, stored: 2, refused: true }
  const add = async (token: string, authenticator = createAuthenticator()) => {
    const credential = authenticator.create(await creationOptions(node, token))
    const answer = await send('POST', '/auth/factors/passkeys', { token, body: { credential } })
    const { factor } = (await answer.json()) as { factor: { id: string } }
    reversed.factor_id = factor.id
    return authenticator
  }
  return [
    ['factor_added', ownSession, ({ access_token: token }) => add(token), { kind: 'passkey' }],
    [
      'passkey_counter_reversed',
      stranger,
      async ({ access_token: token }) => {
        const authenticator = await add(token)
        await send('POST', '/auth/login/passkey', {
          body: { credential: authenticator.get(await requestOptions(node)) },
        })
        const credential = authenticator.get(await requestOptions(node), { counter: 1 })
        await send('POST', '/auth/login/passkey', { body: { credential } })
      },
      reversed,
    ],
    [
      'login_failed',
      stranger,
      async ({ access_token: token }) => {
        const authenticator = await add(token)
        const credential = authenticator.get(await requestOptions(node), { verifies: false })
        await send('POST', '/auth/login/passkey', { body: { credential } })
      },
      { factor: 'passkey' },
    ],
  ]
}
