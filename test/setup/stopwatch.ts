/** Answers to several kinds of people, compared: what a client sees of them, and how long they take. */
import type { Answer } from './client.ts'

const changing = new Set(['date', 'x-request-id'])

/** All that a client sees of an answer but its time: what names the one request aside. */
export const seen = ({ status, body, headers }: Answer<Record<string, unknown>>) => ({
  status,
  body: { ...body, ...('request_id' in body ? { request_id: '' } : {}) },
  headers: [...headers].filter(([name]) => !changing.has(name)),
})

type Ask = (turn: number) => Promise<Answer<Record<string, unknown>>>

/**
 * Asks for each kind in turns, each as often the first, the last and the next after each other: so that what the machine does
 * meanwhile, and what one request warms for the next, touches all alike. `afterTurn` is not timed.
 */
export function createStopwatch(kinds: Readonly<Record<string, Ask>>, afterTurn?: () => Promise<unknown>) {
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
    }
    await afterTurn?.()
    turn++
  }
  const quantile = (name: string, part: number): number => {
    const sorted = times.get(name)?.toSorted((a, b) => a - b) ?? []
    return sorted[Math.floor(sorted.length * part)] ?? NaN
  }

  return {
    /** What was answered, each once. */
    answers: answers as ReadonlySet<string>,

    /** Asks so many times for each kind. */
    async take(samples: number): Promise<void> {
      for (let i = 0; i < samples; i++) await takeTurn()
    },

    /** Forgets the times taken so far: they were for warming up. */
    reset: (): void => times.forEach((taken) => taken.splice(0)),

    /** How many milliseconds lie between the quickest and the slowest kind: 0.5 compares their medians. */
    apartAt(part: number): number {
      const all = names.map((name) => quantile(name, part))
      return Math.max(...all) - Math.min(...all)
    },

    /** Such as "known 5.12 ms, unknown 5.09 ms". */
    show: (part: number): string => names.map((name) => `${name} ${quantile(name, part).toFixed(2)} ms`).join(', '),
  }
}
