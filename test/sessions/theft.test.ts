/**
 * A thief and the owner of a session use copies of its tokens, on nodes with every kind of window, and the owner enters the password again
 * in between. These properties must hold for any order of their requests.
 */
import fc from 'fast-check'
import t from 'tap'
import type { TokenPair } from '../../src/sessions/token-pair.ts'
import { call, password, refresh, register } from '../setup/client.ts'
import { type Node, startNode } from '../setup/node.ts'
import { runs } from '../setup/properties.ts'
import { age, withOldLogin } from '../setup/sessions.ts'

const first = await startNode(t)
const { databaseUrl } = first
const longestGapSeconds = 4000

/** Both windows, counted from the exchange: each is closed, short, or long. A short fork window begins where the leeway ends. */
const kinds = [0, 10, 3600].flatMap((leewaySeconds) =>
  [0, leewaySeconds + 60, 100_000].map((forkSeconds) => ({ leewaySeconds, forkSeconds })),
)

type Holder = 'owner' | 'thief'
type Turn = { who: Holder; stepUp: boolean; gap: number }

/** Turns in any order. The owner may enter the password again instead of refreshing. */
const turnsWith = (gap: fc.Arbitrary<number>) =>
  fc.array(fc.record({ who: fc.constantFrom<Holder>('owner', 'thief'), stepUp: fc.boolean(), gap }), {
    minLength: 4,
    maxLength: 12,
  })

/** A turn that got tokens, and the access tokens that the two hold after it. */
type Played = { who: Holder; stepsUp: boolean; tokens: Record<Holder, string> }

/** Plays the turns until one of the two is refused. Both begin with the same tokens, whose login is an hour ago. */
async function play(node: Node, turns: readonly Turn[], onTokens: (played: Played) => unknown): Promise<void> {
  const session = await withOldLogin(node, await register(node.baseUrl))
  const held: Record<Holder, TokenPair> = { owner: session, thief: session }
  for (const { who, stepUp, gap } of turns) {
    await age(node, session.session_id, gap)
    const { access_token: token, refresh_token: presented } = held[who]
    const stepsUp = who === 'owner' && stepUp
    const { status, body } = stepsUp
      ? await call<TokenPair>(`${node.baseUrl}/auth/reauthenticate`, { token, body: { password } })
      : await refresh(node.baseUrl, presented)
    if (status !== 200) return
    held[who] = body
    await onTokens({ who, stepsUp, tokens: { owner: held.owner.access_token, thief: held.thief.access_token } })
  }
}

/** Whether the token reaches a route that asks for a recent login. The route then refuses the empty body. */
async function reaches({ baseUrl }: Node, token: string): Promise<boolean> {
  const { status, body } = await call(`${baseUrl}/auth/email/change`, { token, body: {} })
  if (status === 400) return true
  if (body['code'] === 'reauthentication_required') return false
  throw new Error(`the session does not answer: ${status} ${String(body['code'])}`)
}

for (const { leewaySeconds, forkSeconds } of kinds) {
  const name = `leeway ${leewaySeconds} s, fork window ${forkSeconds} s`
  const env = { REFRESH_LEEWAY_SECONDS: String(leewaySeconds), REFRESH_FORK_SECONDS: String(forkSeconds) }
  const node = await startNode(t, { databaseUrl, env })

  t.test(`${name}: thief and owner never both go on after the leeway, whoever enters the password`, async (t) => {
    const afterLeeway = fc.integer({ min: leewaySeconds + 1, max: leewaySeconds + longestGapSeconds })
    const property = fc.asyncProperty(turnsWith(afterLeeway), async (turns) => {
      const uses: Record<Holder, number> = { owner: 0, thief: 0 }
      await play(node, turns, ({ who, stepsUp }) => {
        // A step-up ends the copies of the thief, as the next property says, so all begins anew.
        if (stepsUp) uses.thief = 0
        uses[who]++
        if (uses.owner > 1 && uses.thief > 1) throw new Error('both went on')
      })
    })
    await t.resolves(fc.assert(property, runs(6)))
  })

  t.test(`${name}: a copy gets no token after a step-up, and reaches no route that asks for one`, async (t) => {
    const anyGap = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: leewaySeconds + longestGapSeconds }))
    const property = fc.asyncProperty(turnsWith(anyGap), async (turns) => {
      let steppedUp = false
      await play(node, turns, async ({ who, stepsUp, tokens }) => {
        steppedUp ||= stepsUp
        if (who === 'thief' && steppedUp) throw new Error('the refresh token of the copy works')
        if (await reaches(node, tokens.thief)) throw new Error('the access token of the copy is enough')
        if ((await reaches(node, tokens.owner)) !== steppedUp) throw new Error('the step-up does not count')
      })
    })
    await t.resolves(fc.assert(property, runs(6)))
  })
}
