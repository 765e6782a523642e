/** What every server answers to a good credential: as much as our whoami says, so that bytes on the wire are alike. */
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

/** For Fastify's compiled serializer: peers that are built on Fastify get the faster way. */
export const answerSchema = {
  type: 'object',
  properties: { sub: text, sid: text, roles: list, amr: list, auth_time: number, iat: number, exp: number },
}

/** What a JWT of a peer says: the claims of ours. */
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
