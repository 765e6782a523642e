/** Sign-ins on devices that may skip the second factor. */
import type { TokenPair } from '../../../src/sessions/token-pair.ts'
import { call, password, type Registered, refresh, register } from '../../setup/client.ts'
import { addTotp } from '../../setup/factors.ts'
import type { Node } from '../../setup/node.ts'
import { app, createMachine } from '../../signin/machine.ts'

/** A user with a TOTP factor. */
export async function registerWithTotp(node: Node): Promise<Registered & { factorId: string }> {
  const pair = await register(node.baseUrl)
  return { ...pair, factorId: await addTotp(node.database, pair.user.id) }
}

type Choice = { readonly trustsDevice?: boolean; readonly device?: string | undefined }

/** Signs the user in with a password and a code. Returns the token of the device. */
export async function signInWithTwo(node: Node, userId: string, { trustsDevice = true, device }: Choice = {}) {
  const { attempts, advance } = createMachine(node)
  const client = { ...app, device, trustsDevice }
  const accountOf = () => node.database.prisma.user.findUniqueOrThrow({ where: { id: userId } })
  const begun = await attempts.begin({ goal: 'session', client, amr: ['pwd'] }, await accountOf())
  const result = await advance(await attempts.open(begun.attempt, client), { account: await accountOf(), amr: ['otp'] })
  if (result.status !== 'signed_in' || !result.pair.device_token) throw new Error(result.status)
  return { device: result.pair.device_token, sessionId: result.pair.session_id }
}

/** The answer to the password alone, from this device. */
export const enterPassword = (node: Pick<Node, 'baseUrl'>, email: string | null, device?: string) =>
  call<TokenPair & { status: string; factors?: string[] }>(`${node.baseUrl}/auth/login`, {
    body: { email, password, ...(device === undefined ? {} : { device_token: device }) },
  })

/** Tokens of a user whose factor was added after the sign-in. */
export const renewed = async (node: Pick<Node, 'baseUrl'>, pair: Pick<TokenPair, 'refresh_token'>) =>
  (await refresh(node.baseUrl, pair.refresh_token)).body
