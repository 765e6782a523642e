/** The response of every server to a valid credential. It has the size of whoami, so that all send the same number of bytes. */
export const answer = {
  sub: '5f0f2a0e-7c4b-4d0e-8a53-1f6b2c9d7e10',
  sid: '0c6f1f58-0a5b-4a44-9d53-7c1a9be2f311',
  roles: [],
  amr: ['pwd'],
  auth_time: 1_700_000_000,
  iat: 1_700_000_000,
  exp: 1_700_000_600,
}

const text = { type: 'string' }
const number = { type: 'integer' }
const list = { type: 'array', items: text }

/** The schema for Fastify's compiled serializer, so that peers on Fastify are as fast as they can be. */
export const answerSchema = {
  type: 'object',
  properties: { sub: text, sid: text, roles: list, amr: list, auth_time: number, iat: number, exp: number },
}

/** The claims in the JWT of a peer, which are those of Countersign. */
export const claimsOf = (i) => ({
  ...answer,
  iss: 'http://localhost',
  aud: 'http://localhost',
  client_id: 'first-party',
  jti: `token-${i}`,
  iat: Math.floor(Date.now() / 1000),
  exp: Math.floor(Date.now() / 1000) + 6 * 3600,
  tv: 0,
})
