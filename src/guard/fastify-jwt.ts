/** Verifies signatures with @fastify/jwt. Each key has an instance of its own. */
import fastifyJwt from '@fastify/jwt'
import Fastify from 'fastify'
import type { CreateVerifySignature } from '../tokens/signature.ts'

/**
 * Returns a function that returns the payload of a token that this key signed, and throws for every other token. The key and
 * the algorithm are fixed here, so a token cannot choose how it is verified (RFC 8725 §3.1).
 */
export const verifyWithFastifyJwt: CreateVerifySignature = async ({ publicKey, alg }) => {
  const host = Fastify()
  await host.register(fastifyJwt, {
    secret: { public: publicKey.export({ type: 'spki', format: 'pem' }).toString() },
    // verify-access-token.ts checks the times with all other claims, and by the node's own clock.
    verify: { algorithms: [alg], ignoreExpiration: true, ignoreNotBefore: true },
  })
  return (token) => host.jwt.verify(token)
}
