/** The promises of rotation as properties that must hold for any history that fast-check makes, on two nodes and one Postgres. */
import fc from 'fast-check'
import t from 'tap'
import type { TokenPair } from '../../src/sessions/token-pair.ts'
import { refresh, register, whoami } from '../setup/client.ts'
import { startNode } from '../setup/node.ts'
import { runs } from '../setup/properties.ts'
import { age, row } from '../setup/sessions.ts'

const node = await startNode(t)
const other = await startNode(t, { databaseUrl: node.databaseUrl })
const urls = [node.baseUrl, other.baseUrl] as const
const leewaySeconds = node.config.refreshLeewaySeconds

// Sessions do not depend on each other, so each run registers a user and uses the session that comes with it. A login
// would hash a password once more.
const begin = () => register(node.baseUrl)
const anyNode = fc.constantFrom(...urls)

/** The history of a session before the property begins: how often it was refreshed, and whether the last time is long ago. */
const history = fc.record({ generations: fc.nat({ max: 4 }), aged: fc.boolean() })
type History = { generations: number; aged: boolean }

async function live({ generations, aged }: History): Promise<{ past: string[]; head: TokenPair }> {
  let head = await begin()
  const past: string[] = []
  for (let i = 0; i < generations; i++) {
    past.push(head.refresh_token)
    head = (await refresh(urls[i % 2] ?? urls[0], head.refresh_token)).body
  }
  if (aged) await age(node, head.session_id, leewaySeconds + 1)
  return { past, head }
}

t.test('parallel requests with one refresh token get one successor', async (t) => {
  const moment = fc.record({
    history,
    ofPrevious: fc.boolean(),
    nodes: fc.array(anyNode, { minLength: 2, maxLength: 16 }),
  })
  const property = fc.asyncProperty(moment, async ({ history: before, ofPrevious, nodes }) => {
    const { past, head } = await live(before)
    const token = (ofPrevious && past.at(-1)) || head.refresh_token
    const { generation } = await row(node, head.session_id)
    const answers = await Promise.all(nodes.map((url) => refresh(url, token)))
    if (answers.some(({ status }) => status !== 200)) throw new Error('one was refused')
    const [successor = '', ...others] = new Set(answers.map(({ body }) => body.refresh_token))
    if (others.length > 0) throw new Error(`${others.length + 1} successors`)
    const after = await row(node, head.session_id)
    const expected = token === head.refresh_token ? generation + 1 : generation
    if (after.generation !== expected) throw new Error(`generation ${after.generation}, not ${expected}`)
    if ((await refresh(node.baseUrl, successor)).status !== 200) throw new Error('the successor does not work')
  })
  await t.resolves(fc.assert(property, runs(15)))
})

t.test('an honest client with lost, repeated, late and stuck requests never loses its session', async (t) => {
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.constant('ok' as const) },
    { weight: 3, arbitrary: fc.constant('lost' as const) },
    { weight: 2, arbitrary: fc.constant('two tabs' as const) },
    { weight: 2, arbitrary: fc.constant('repeated' as const) },
    { weight: 3, arbitrary: fc.constant('stuck' as const) },
    { weight: 3, arbitrary: fc.integer({ min: 1, max: 100_000 }) },
  )
  const steps = fc.array(fc.record({ step, url: anyNode }), { minLength: 1, maxLength: 15 })
  const property = fc.asyncProperty(steps, async (story) => {
    let held = await begin()
    const present = async (url: string, token: string) => {
      const { status, body } = await refresh(url, token)
      if (status !== 200) throw new Error(`logged out: ${body.code}`)
      return body
    }
    let stuck: { url: string; token: string } | undefined
    for (const { step: now, url } of story) {
      const token = held.refresh_token
      // A stuck request arrives at any time before its successor is used.
      if (stuck && stuck.token !== token && typeof now !== 'number') {
        await present(stuck.url, stuck.token)
        stuck = undefined
      }
      if (typeof now === 'number') await age(node, held.session_id, now)
      else if (now === 'stuck') stuck = { url, token }
      else if (now === 'lost') await present(url, token)
      else if (now === 'ok') held = await present(url, token)
      else if (now === 'repeated') {
        await present(url, token)
        held = await present(urls[0], token)
      } else {
        const tabs = await Promise.all(urls.map((each) => present(each, token)))
        held = tabs[url === urls[0] ? 0 : 1] ?? held
      }
    }
  })
  await t.resolves(fc.assert(property, runs(25)))
})

t.test(
  'when a thief and a victim use one token after the leeway, the second use of the slower one is found',
  async (t) => {
    const turn = fc.record({
      who: fc.constantFrom('victim', 'thief'),
      gap: fc.integer({ min: 11, max: 4000 }),
      url: anyNode,
    })
    const theft = fc.record({ before: history, turns: fc.array(turn, { minLength: 4, maxLength: 14 }) })
    const property = fc.asyncProperty(theft, async ({ before, turns }) => {
      const { head } = await live(before)
      const held: Record<string, string> = { victim: head.refresh_token, thief: head.refresh_token }
      const uses: Record<string, number> = { victim: 0, thief: 0 }
      for (const { who, gap, url } of turns) {
        await age(node, head.session_id, gap)
        const { status, body } = await refresh(url, held[who] ?? '')
        if (status !== 200) return
        held[who] = body.refresh_token
        uses[who] = (uses[who] ?? 0) + 1
        if (Object.values(uses).every((times) => times > 1)) throw new Error('both went on')
      }
    })
    await t.resolves(fc.assert(property, runs(25)))
  },
)

t.test(
  'reuse is final: no token of the session works again, old or new, and its access tokens are denied',
  async (t) => {
    const moment = fc.record({ generations: fc.integer({ min: 2, max: 5 }), pick: fc.nat(), aged: fc.boolean() })
    const property = fc.asyncProperty(moment, async ({ generations, pick, aged }) => {
      const { past, head } = await live({ generations, aged })
      const old = past.slice(0, -1)
      const thief = old[pick % old.length] ?? ''
      if ((await refresh(urls[pick % 2] ?? urls[0], thief)).status !== 401) throw new Error('an old token worked')
      for (const token of [...past, head.refresh_token]) {
        for (const url of urls) if ((await refresh(url, token)).status !== 401) throw new Error('a token came back')
      }
      const me = await fetch(`${other.baseUrl}/auth/me`, { headers: { authorization: `Bearer ${head.access_token}` } })
      if (me.status !== 401) throw new Error('a session-checked route still answers')
      const { revoked_at, revoke_reason } = await row(node, head.session_id)
      if (!revoked_at || revoke_reason !== 'reuse') throw new Error('the row does not say so')
    })
    await t.resolves(fc.assert(property, runs(10)))
    t.equal((await whoami(node.baseUrl, (await begin()).access_token)).status, 200, 'others go on')
  },
)
