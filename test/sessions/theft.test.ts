/**
 * A thief and the owner of a session use copies of one refresh token, on nodes with every kind of window, and the owner enters the
 * password again in between. These properties must hold for any order of their requests.
 */
import fc from 'fast-check'
import t from 'tap'
import type { TokenPair } from '../../src/sessions/token-pair.ts'
import { call, password, refresh, register } from '../setup/client.ts'
import { type Node, startNode } from '../setup/node.ts'
import { runs } from '../setup/properties.ts'
import { age } from '../setup/sessions.ts'

const first = await startNode(t)
const { databaseUrl } = first
const windows = {
  'the default windows': first,
  'no windows': await startNode(t, { databaseUrl, env: { REFRESH_LEEWAY_SECONDS: '0', REFRESH_FORK_SECONDS: '0' } }),
  'a short fork window': await startNode(t, { databaseUrl, env: { REFRESH_FORK_SECONDS: '60' } }),
  'a long leeway': await startNode(t, {
    databaseUrl,
    env: { REFRESH_LEEWAY_SECONDS: '3600', REFRESH_FORK_SECONDS: '0' },
  }),
}

type Holder = 'owner' | 'thief'
type Turn = { who: Holder; stepUp: boolean; gap: number }

/** Turns in any order. The owner may enter the password again instead of refreshing. */
const turnsWith = (gap: fc.Arbitrary<number>) =>
  fc.array(fc.record({ who: fc.constantFrom<Holder>('owner', 'thief'), stepUp: fc.boolean(), gap }), {
    minLength: 4,
    maxLength: 12,
  })

/** Plays the turns until one of the two is refused. `onSuccess` gets each turn that got tokens. */
async function play(node: Node, turns: readonly Turn[], onSuccess: (turn: Turn) => void): Promise<void> {
  const session = await register(node.baseUrl)
  const held: Record<Holder, TokenPair> = { owner: session, thief: session }
  for (const turn of turns) {
    await age(node, session.session_id, turn.gap)
    const { access_token: token, refresh_token: presented } = held[turn.who]
    const { status, body } =
      turn.who === 'owner' && turn.stepUp
        ? await call<TokenPair>(`${node.baseUrl}/auth/reauthenticate`, { token, body: { password } })
        : await refresh(node.baseUrl, presented)
    if (status !== 200) return
    held[turn.who] = body
    onSuccess(turn)
  }
}

for (const [name, node] of Object.entries(windows)) {
  const leewaySeconds = node.config.refreshLeewaySeconds

  t.test(`${name}: thief and owner never both go on after the leeway, whoever enters the password`, async (t) => {
    const afterLeeway = fc.integer({ min: leewaySeconds + 1, max: leewaySeconds + 4000 })
    const property = fc.asyncProperty(turnsWith(afterLeeway), async (turns) => {
      const uses: Record<Holder, number> = { owner: 0, thief: 0 }
      await play(node, turns, ({ who, stepUp }) => {
        // A step-up ends the copies of the thief, as the next property says, so all begins anew.
        if (who === 'owner' && stepUp) uses.thief = 0
        uses[who]++
        if (uses.owner > 1 && uses.thief > 1) throw new Error('both went on')
      })
    })
    await t.resolves(fc.assert(property, runs(8)))
  })

  t.test(`${name}: a copy from before a step-up gets no token any more`, async (t) => {
    const anyGap = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: leewaySeconds + 4000 }))
    const property = fc.asyncProperty(turnsWith(anyGap), async (turns) => {
      let steppedUp = false
      await play(node, turns, ({ who, stepUp }) => {
        if (who === 'owner' && stepUp) steppedUp = true
        else if (who === 'thief' && steppedUp) throw new Error('the copy works')
      })
    })
    await t.resolves(fc.assert(property, runs(8)))
  })
}
