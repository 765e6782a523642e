/** A service that follows the feed over HTTP. */
import { verifyWithFastifyJwt } from '../../../src/guard/fastify-jwt.ts'
import { type FeedDocument, openDocument } from '../../../src/revocations/feed-document.ts'
import { createSignatureChecks } from '../../../src/tokens/signature.ts'
import { type Node, startNode } from '../../setup/node.ts'

const credential = { id: 'shop', secret: 'the-credential-of-the-shop-in-this-test' }
export const authorization = `Basic ${Buffer.from(`${credential.id}:${credential.secret}`).toString('base64')}`
// One service stands for many here.
export const services = { SERVICE_CREDENTIALS: `${credential.id}:${credential.secret}`, WAITS_PER_SERVICE: '1000' }

/** A node with the credential of the service. */
export const startFeedNode = (
  t: Parameters<typeof startNode>[0],
  { env = {}, ...options }: NonNullable<Parameters<typeof startNode>[1]> = {},
) => startNode(t, { ...options, env: { ...services, ...env } })

type At = Pick<Node, 'baseUrl'>

/** A request of the service. `query` begins with a question mark. */
export const ask = (
  { baseUrl }: At,
  query = '',
  { headers = {}, ...init }: { headers?: Record<string, string>; method?: string; signal?: AbortSignal } = {},
) => fetch(`${baseUrl}/revocations${query}`, { ...init, headers: { authorization, ...headers } })

/** Returns a function that verifies and opens the documents of nodes with this key ring. */
export async function createOpen({ keyRing, config }: Pick<Node, 'keyRing' | 'config'>) {
  const checks = createSignatureChecks(verifyWithFastifyJwt, 'revocations+jwt')
  await checks.use(keyRing.verification)
  return (text: string): FeedDocument => openDocument(text, { issuer: config.publicUrl, checks })
}

/** The claims without a check of the signature, for tests of the content. */
export const claimsOf = (jwt: string): FeedDocument =>
  JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString())

/** The claims of one answer. Rejects if the status is not 200. */
export async function read(node: At, query = ''): Promise<FeedDocument> {
  const response = await ask(node, query)
  const text = await response.text()
  if (response.status !== 200) throw new Error(`${response.status} ${text}`)
  return claimsOf(text)
}

/** Reads until there are no more revocations. Returns all entries and the next cursor. */
export async function catchUp(node: At, after?: string) {
  const told: FeedDocument['revocations'] = []
  for (let cursor = after; ; ) {
    const { revocations, next, more } = await read(node, cursor === undefined ? '' : `?after=${cursor}`)
    told.push(...revocations)
    if (!more && cursor?.startsWith('t')) return { told, next }
    cursor = next
  }
}
