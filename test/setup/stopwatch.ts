/** Compares the responses to several kinds of users, and the time that they take. */
import type { Answer } from './client.ts'

const changing = new Set(['date', 'x-request-id'])
const secret = /^[\w-]{43}$/
const number = /^\d{2}$/

/** The parts of a response that do not name the single request. */
export const seen = ({ status, body, headers }: Answer<Record<string, unknown>>) => ({
  status,
  body: {
    ...body,
    ...('request_id' in body ? { request_id: '' } : {}),
    ...(secret.test(String(body['verification_id'])) ? { verification_id: '' } : {}),
    ...(secret.test(String(body['attempt'])) ? { attempt: '' } : {}),
    ...(number.test(String(body['number'])) ? { number: '' } : {}),
  },
  headers: [...headers].filter(([name]) => !changing.has(name)),
})

type Ask = (turn: number) => Promise<Answer<Record<string, unknown>>>

/**
 * Sends requests for each kind in turns, in every order equally often, so that the load of the machine and the caches affect
 * all kinds alike. `afterTurn` and `afterAnswer` are not timed.
 */
export function createStopwatch(
  kinds: Readonly<Record<string, Ask>>,
  afterTurn?: () => Promise<unknown>,
  afterAnswer?: () => Promise<unknown>,
) {
  const names = Object.keys(kinds)
  const times = new Map<string, number[]>(names.map((name) => [name, []]))
  const answers = new Set<string>()
  let turn = 0

  async function takeTurn(): Promise<void> {
    const order = names.map((_, i) => names[(i + turn) % names.length] ?? '')
    for (const name of turn % 2 ? order.toReversed() : order) {
      const from = performance.now()
      const answer = await kinds[name]?.(turn)
      times.get(name)?.push(performance.now() - from)
      if (answer) answers.add(JSON.stringify(seen(answer)))
      await afterAnswer?.()
    }
    await afterTurn?.()
    turn++
  }
  const quantile = (name: string, part: number): number => {
    const sorted = times.get(name)?.toSorted((a, b) => a - b) ?? []
    return sorted[Math.floor(sorted.length * part)] ?? NaN
  }

  return {
    /** The different responses. */
    answers: answers as ReadonlySet<string>,

    /** Sends this many requests for each kind. */
    async take(samples: number): Promise<void> {
      for (let i = 0; i < samples; i++) await takeTurn()
    },

    /** Forgets the times so far, because they were for warming up. */
    reset: (): void => times.forEach((taken) => taken.splice(0)),

    /** The difference between the fastest and the slowest kind in milliseconds, at this quantile: 0.5 compares the medians. */
    apartAt(part: number): number {
      const all = names.map((name) => quantile(name, part))
      return Math.max(...all) - Math.min(...all)
    },

    /** Such as "known 5.12 ms, unknown 5.09 ms". */
    show: (part: number): string => names.map((name) => `${name} ${quantile(name, part).toFixed(2)} ms`).join(', '),
  }
}
