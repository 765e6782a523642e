/** What goes wrong, and when: a list that is the same for the same seed, in which each kind occurs. */
import { createRandom } from '../../setup/seeded-random.ts'

export const faults = [
  'lost before the server',
  'lost after the server',
  'lost several times',
  'late',
  'tab frozen',
  'tab closed',
  'tab crashed',
  'tab offline for days',
  'clock a day ahead',
  'clock a day back',
  'server killed',
  'server restarted',
  'key rotated',
] as const

export type Fault = (typeof faults)[number]

/** A third of the steps has a fault. Those that last have three quiet steps behind them, and a quiet step shows one refresh for all tabs. */
export function planFaults(steps: number, seed: number): (Fault | undefined)[] {
  const random = createRandom(seed)
  const plan: (Fault | undefined)[] = []
  let bag: Fault[] = []
  while (plan.length < steps) {
    if (bag.length === 0) bag = [...faults]
    const [fault] = bag.splice(Math.floor(random() * bag.length), 1)
    plan.push(fault, undefined, ...(random() < 0.5 ? [undefined] : []))
  }
  return plan.slice(0, steps)
}
