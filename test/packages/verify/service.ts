/** A node behind a proxy, and services that verify its tokens. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import type { CreateVerifier } from '../../../packages/verify/src/contract.ts'
import { createVerifier } from '../../../packages/verify/src/create-verifier.ts'
import { TokenRefusal, type Verifier, type VerifierOptions } from '../../../packages/verify/src/index.ts'
import { createVerifierWith } from '../../../packages/verify/src/verifier.ts'
import { createWebSignatures } from '../../../packages/verify/src/web-signatures.ts'
import { type Node, startNode } from '../../setup/node.ts'
import { startProxy } from './proxy.ts'

export const credential = { id: 'shop', secret: 'the-credential-of-the-shop-in-this-test' }
export const serviceEnv = { SERVICE_CREDENTIALS: `${credential.id}:${credential.secret}` }

/** Verifiers for runtimes that verify signatures in one way or the other. */
export const verifiers: Readonly<Record<string, CreateVerifier>> = {
  'node:crypto': createVerifier,
  'Web Crypto': createVerifierWith({ signatures: createWebSignatures(crypto.subtle) }),
}

type Scope = Pick<Test, 'teardown'>

/** A node with the credential of the service, behind a proxy. */
export async function startIssuer(t: Scope, { env, ...options }: NonNullable<Parameters<typeof startNode>[1]> = {}) {
  const node = await startNode(t, { ...options, env: { ...serviceEnv, ...env } })
  return { node, proxy: await startProxy(t, node.baseUrl) }
}

/**
 * A verifier of that node's tokens, closed when the test ends. `errors` holds the messages of its background errors, and `refusals` the
 * reasons of its refusals.
 */
export function startVerifier(
  t: Scope,
  node: Pick<Node, 'config'>,
  url: string,
  more: Partial<VerifierOptions> = {},
  create: CreateVerifier = createVerifier,
) {
  const errors: string[] = []
  const refusals: string[] = []
  const onError = (error: Error) => {
    const { message, cause } = error
    if (error instanceof TokenRefusal) refusals.push(error.reason)
    else errors.push(cause instanceof Error ? cause.message : message)
  }
  const verifier = create({ issuer: node.config.publicUrl, url, onError, ...more })
  t.teardown(() => verifier.close())
  return { verifier, errors, refusals, verdict: verdictBy(verifier) }
}

/** `let in`, or the code of the refusal. */
export const verdictBy =
  (verifier: Verifier) =>
  (token: string, options?: Parameters<Verifier['verify']>[1]): Promise<string> =>
    verifier.verify(token, options).then(
      () => 'let in',
      (error: Error & { code?: string }) => error.code ?? error.message,
    )

/** Waits until the condition holds. Returns false if it does not within so many seconds. */
export async function holds(condition: () => boolean | Promise<boolean>, seconds = 60): Promise<boolean> {
  const until = performance.now() + seconds * 1000
  while (!(await condition())) {
    if (performance.now() > until) return false
    await sleep(10)
  }
  return true
}

/** The rounded value that this share of the values does not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return Math.round(sorted[Math.ceil(sorted.length * share) - 1] ?? 0)
}
