/** Neither a forged token nor a copy of the database gives access to a session. */
import { createHash, createHmac, randomUUID } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { newestInForce } from '../../src/secrets/server-secrets.ts'
import { createRefreshTokens } from '../../src/tokens/refresh-token.ts'
import { refresh, register } from '../setup/client.ts'
import { startNode, testSecret } from '../setup/node.ts'
import { runs } from '../setup/properties.ts'
import { row } from '../setup/sessions.ts'

const node = await startNode(t)
const ours = createRefreshTokens(newestInForce([testSecret]))
const foreign = createRefreshTokens(newestInForce(['the secret of some other Countersign server']))

t.test('a forged or foreign token changes no row and costs no query', async (t) => {
  const pair = await register(node.baseUrl)
  const second = (await refresh(node.baseUrl, pair.refresh_token)).body
  const victim = ours.parse(second.refresh_token, 'bearer')
  if (!victim) throw new Error('our own token is not read')
  const stranger = (await register(node.baseUrl)).refresh_token.split('.')
  const parts = second.refresh_token.split('.')

  const position = fc.nat({ max: second.refresh_token.length - 1 })
  const character = fc.constantFrom(...'ABCxyz0189-_.=+/ '.split(''))
  const splice = (at: number, by: string) => second.refresh_token.slice(0, at) + by + second.refresh_token.slice(at + 1)
  const forgery = fc.oneof(
    fc.tuple(position, character).map(([at, by]) => splice(at, by)),
    position.map((at) => second.refresh_token.slice(0, at)),
    fc.string({ maxLength: 200 }),
    fc.integer({ min: 0, max: 9 }).map((generation) => foreign.format({ ...victim, generation })),
    fc
      .uint8Array({ minLength: 32, maxLength: 32 })
      .map((bytes) => foreign.format({ ...victim, secret: Buffer.from(bytes) })),
    fc.subarray([1, 2, 3, 4]).map((swap) => parts.map((part, i) => (swap.includes(i) ? stranger[i] : part)).join('.')),
  )

  const before = await row(node, pair.session_id)
  let acquired = 0
  node.database.pool.on('acquire', () => acquired++)
  const property = fc.asyncProperty(forgery, async (token) => {
    fc.pre(token !== second.refresh_token && token !== stranger.join('.'))
    const { status } = await refresh(node.baseUrl, token)
    if (status !== 401 && status !== 400) throw new Error(`answered ${status}`)
    if (acquired > 0) throw new Error('the database was asked')
  })
  await t.resolves(fc.assert(property, runs(150)))
  node.database.pool.removeAllListeners('acquire')
  t.same(await row(node, pair.session_id), before)
})

t.test('no column holds anything from which a token can be computed', async (t) => {
  const property = fc.asyncProperty(fc.nat({ max: 4 }), async (generations) => {
    let pair = await register(node.baseUrl)
    const secrets = [ours.parse(pair.refresh_token, 'bearer')?.secret]
    for (let i = 0; i < generations; i++) {
      pair = (await refresh(node.baseUrl, pair.refresh_token)).body
      secrets.push(ours.parse(pair.refresh_token, 'bearer')?.secret)
    }
    const columns = Object.values(await row(node, pair.session_id)).map((value) =>
      Buffer.isBuffer(value) ? value : Buffer.from(String(value)),
    )
    const dump = Buffer.concat(columns)
    const dumpText = dump.toString('latin1') + dump.toString('hex') + dump.toString('base64url')
    for (const secret of secrets) {
      if (!secret) throw new Error('our own token is not read')
      for (const form of ['hex', 'base64url', 'latin1'] as const) {
        if (dumpText.includes(secret.toString(form))) throw new Error('a secret stands in the row')
      }
    }
    // Even with a way to make valid tags, a reader of the row finds no secret of the current token.
    const hashOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest()
    const derived = columns.flatMap((a) => [
      a,
      hashOf(a),
      ...columns.map((b) => createHmac('sha256', a).update(b).digest()),
    ])
    const { head_hash: head } = await row(node, pair.session_id)
    if (derived.some((candidate) => hashOf(candidate).equals(head))) throw new Error('a column leads to the head')
  })
  await t.resolves(fc.assert(property, runs(10)))
})

t.test('the row and the previous token do not give the current token without the server secret', async (t) => {
  const pair = await register(node.baseUrl)
  await refresh(node.baseUrl, pair.refresh_token)
  const presented = ours.parse(pair.refresh_token, 'bearer')
  const { generation, salt, head_hash: hash } = await row(node, pair.session_id)
  if (!presented) throw new Error('our own token is not read')
  t.type(ours.successor(presented, { generation, salt, hash }), 'string')
  t.equal(foreign.successor(presented, { generation, salt, hash }), undefined)
})

t.test('a node with another newest secret repeats the successor that the first node computed', async (t) => {
  const old = 'the secret before: of 32 characters and more'
  const before = createRefreshTokens(newestInForce([old]))
  const since = createRefreshTokens(newestInForce(['the secret after it: of 32 characters and more', old]))
  const token = { mode: 'bearer', sessionId: randomUUID(), generation: 3, secret: before.newSecret() } as const
  const stored = { generation: 4, ...before.propose(token.secret).stored }
  const successor = before.successor(token, stored)
  t.match(successor, /^cs1\./)
  t.equal(since.successor(token, stored, since.propose(token.secret)), successor)
})
