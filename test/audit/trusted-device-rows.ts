/** The events of devices that skip the second factor. */
import { createAuthenticator } from '../factors/passkeys/authenticator.ts'
import { creationOptions, requestOptions } from '../factors/passkeys/users.ts'
import { refresh } from '../setup/client.ts'
import type { Node } from '../setup/node.ts'
import { ownSession, type Row, type Send } from './event-row.ts'

/** `trusting`: a node on the same database whose users may trust devices. */
export function trustedDeviceRows(node: Node, trusting: Pick<Node, 'baseUrl'>, send: Send): readonly Row[] {
  // The id is known once the device is trusted.
  const device = { device: '' }
  const trust = async (token: string) => {
    const authenticator = createAuthenticator()
    const credential = authenticator.create(await creationOptions(node, token))
    await send('POST', '/auth/factors/passkeys', { token, body: { credential } })
    const body = { credential: authenticator.get(await requestOptions(node)), trust_device: true }
    const answer = await send('POST', '/auth/login/passkey', { body, at: trusting.baseUrl })
    const { device_token: text } = (await answer.json()) as { device_token: string }
    device.device = text.split('.')[1] ?? ''
  }
  /** A token from after the passkey was added, with two factors. */
  const tokenOf = async (refreshToken: string) => (await refresh(node.baseUrl, refreshToken)).body.access_token
  return [
    ['trusted_device_added', { ...ownSession, session: 'new' }, ({ access_token: token }) => trust(token), device],
    [
      'trusted_device_removed',
      ownSession,
      async ({ access_token: token, refresh_token: refreshToken }) => {
        await trust(token)
        await send('DELETE', `/auth/trusted-devices/${device.device}`, { token: await tokenOf(refreshToken) })
      },
      device,
    ],
    [
      'trusted_devices_removed',
      ownSession,
      async ({ access_token: token, refresh_token: refreshToken }) => {
        await trust(token)
        await send('DELETE', '/auth/trusted-devices', { token: await tokenOf(refreshToken) })
      },
      { count: 1 },
    ],
  ]
}

/** Resets of factors. `two`: a node on the same database with ADMIN_RESET_NEEDS_TWO=on. */
export function resetRows(two: Pick<Node, 'baseUrl'>, token: string, send: Send): readonly Row[] {
  const by = { actor: 'admin', subject: 'user', session: 'admin' } as const
  const waiting = { reset: '' }
  const ask = async (userId: string) => {
    const answer = await send('POST', `/admin/users/${userId}/reset-factors`, { token, at: two.baseUrl })
    waiting.reset = ((await answer.json()) as { id: string }).id
  }
  return [
    [
      'admin_factors_reset',
      by,
      ({ user: { id } }) => send('POST', `/admin/users/${id}/reset-factors`, { token }),
      { totp: 0, passkeys: 0, recovery_codes: 0, sessions: 1 },
    ],
    ['admin_factor_reset_requested', by, ({ user: { id } }) => ask(id), waiting],
    [
      'admin_factor_reset_cancelled',
      by,
      async ({ user: { id } }) => {
        await ask(id)
        await send('DELETE', `/admin/factor-resets/${waiting.reset}`, { token })
      },
      waiting,
    ],
  ]
}
