/** No crafted credential causes a 5xx, and no answer holds a challenge. */
import fc from 'fast-check'
import t from 'tap'
import { startNode } from '../../setup/node.ts'
import { createAuthenticator } from './authenticator.ts'
import { beginAttempt, creationOptions, post, requestOptions, withPasskey } from './users.ts'

const lines: string[] = []
const node = await startNode(t, { log: (line) => lines.push(line) })
const { authenticator, user, email } = await withPasskey(node)
const token = user.access_token

const strange = fc.oneof(
  fc.constantFrom<unknown>(null, 0, '', 'AAAA', '=', '__proto__', {}, [], 'eyJ0eXBlIjoid2ViYXV0aG4uZ2V0In0', 'bnVsbA'),
  fc.base64String(),
  fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes).toString('base64url')),
  fc.json().map((text) => Buffer.from(text).toString('base64url')),
)

/** The credential with one of its members, or of the members of its response, replaced. */
function changed(credential: { response: object }, at: number, value: unknown) {
  const names = [...Object.keys(credential), ...Object.keys(credential.response)]
  const name = names[at % names.length] ?? 'id'
  if (name in credential.response) return { ...credential, response: { ...credential.response, [name]: value } }
  return { ...credential, [name]: value }
}

/** The credential with one bit of a member flipped. */
function flipped(credential: { response: object }, at: number, bit: number) {
  const entries = Object.entries(credential.response).filter(([, value]) => typeof value === 'string')
  const [name, value] = entries[at % entries.length] ?? ['', '']
  const bytes = Buffer.from(value, 'base64url')
  if (bytes.length === 0) return credential
  // The tag and the length that a signature begins with are read leniently. They are no part of its two numbers.
  const first = name === 'signature' ? 16 : 0
  const place = first + (bit % (bytes.length * 8 - first))
  bytes[place >> 3] = (bytes[place >> 3] ?? 0) ^ (1 << (place & 7))
  return { ...credential, response: { ...credential.response, [name]: bytes.toString('base64url') } }
}

const craft = fc.record({ at: fc.nat(), bit: fc.nat(), value: fc.option(strange, { nil: undefined }) })
type Craft = typeof craft extends fc.Arbitrary<infer T> ? T : never
const crafted = (credential: { response: object }, { at, bit, value }: Craft) =>
  value === undefined ? flipped(credential, at, bit) : changed(credential, at, value)

t.test('crafted credentials at a sign-in', async (t) => {
  const options = await requestOptions(node)
  await fc.assert(
    fc.asyncProperty(craft, async (how) => {
      const credential = crafted(authenticator.get(options), how)
      const { status, body } = await post(node, '/auth/login/passkey', { credential })
      if (status >= 500 || JSON.stringify(body).includes(options.challenge)) throw new Error(JSON.stringify(body))
      if (status === 200 && how.value === undefined) throw new Error('a flipped bit signed in')
    }),
    { numRuns: 60 },
  )
  t.pass()
})

t.test('crafted credentials as second factor', async (t) => {
  await fc.assert(
    fc.asyncProperty(craft, async (how) => {
      const attempt = await beginAttempt(node, email)
      const credential = crafted(authenticator.get(await requestOptions(node, attempt)), how)
      const { status } = await post(node, '/auth/login/passkey', { credential, attempt })
      if (status >= 500) throw new Error(String(status))
    }),
    { numRuns: 10 },
  )
  t.pass()
})

t.test('crafted new credentials', async (t) => {
  const options = await creationOptions(node, token)
  await fc.assert(
    fc.asyncProperty(craft, async (how) => {
      const credential = crafted(createAuthenticator().create(options), how)
      const { status, body } = await post(node, '/auth/factors/passkeys', { credential }, token)
      if (status >= 500 || JSON.stringify(body).includes(options.challenge)) throw new Error(JSON.stringify(body))
    }),
    { numRuns: 60 },
  )
  t.pass()
})

t.test('no line of the log holds a challenge or an error of the server', async (t) => {
  const { challenge } = await requestOptions(node)
  await post(node, '/auth/login/passkey', {
    credential: createAuthenticator().get({ ...(await requestOptions(node)), challenge }),
  })
  t.ok(lines.length > 0)
  t.same(
    lines.filter((line) => line.includes(challenge) || /"level":50/.test(line)),
    [],
  )
})
