/** Measures in turns, A B C A B C …, so that other load on the machine affects all alike. */
import type { Sample } from '../load/wrk.ts'
import { cpuSeconds, type Server } from './server.ts'
import { rounds, seconds } from './settings.ts'

export type Participant = {
  readonly id: string
  readonly name: string
  /** Runs before the measurements. Throws if the responses are wrong. */
  check?(): Promise<void>
  /** Runs before each turn, and is not measured. */
  prepare?(): Promise<void>
  run(seconds: number): Promise<Sample>
  /** Runs after each turn with the measurement. Throws if the work was not done. */
  confirm?(sample: Sample): Promise<void>
  /** The process whose processor time is measured. */
  readonly server?: Server
}

export type Measured = {
  readonly id: string
  readonly name: string
  /** One value for each round. */
  readonly perSecond: number[]
  readonly p50: number[]
  readonly p99: number[]
  /** Shares of a core. */
  readonly serverCpu: number[]
  readonly loadCpu: number[]
}

async function turn(participant: Participant, length: number): Promise<Sample & { serverCpu: number }> {
  await participant.prepare?.()
  const pid = participant.server?.child.pid
  const [before, from] = [await cpuSeconds(pid), performance.now()]
  const sample = await participant.run(length)
  const serverCpu = ((await cpuSeconds(pid)) - before) / ((performance.now() - from) / 1000)
  await participant.confirm?.(sample)
  return { ...sample, serverCpu }
}

// A refresh takes 700 µs of processor time in the first three seconds of a process and 280 after twenty, because V8 compiles
// functions that were called some ten thousand times.
const warmRequests = 60_000
const warmTurns = 15
const answeredBy = new WeakMap<Server, number>()

/** Warms up code, connections and caches, as some minutes of service do. */
async function warmUp(participant: Participant, length: number): Promise<void> {
  const { server } = participant
  for (let i = 0; i < warmTurns; i++) {
    const { perSecond, count = perSecond * length } = await turn(participant, length)
    if (!server) return
    const answered = (answeredBy.get(server) ?? 0) + count
    answeredBy.set(server, answered)
    if (answered >= warmRequests) return
  }
}

/** The figures of each participant by round. */
export async function inTurns(participants: readonly Participant[], length = seconds): Promise<Measured[]> {
  for (const participant of participants) await participant.check?.()
  for (const participant of participants) await warmUp(participant, Math.min(3, length))
  const measured = participants.map(({ id, name }): Measured => {
    return { id, name, perSecond: [], p50: [], p99: [], serverCpu: [], loadCpu: [] }
  })
  for (let round = 1; round <= rounds; round++) {
    for (const [i, participant] of participants.entries()) {
      const sample = await turn(participant, length)
      const into = measured[i]!
      into.perSecond.push(sample.perSecond)
      for (const key of ['p50', 'p99', 'loadCpu'] as const) if (sample[key] !== undefined) into[key].push(sample[key])
      if (Number.isFinite(sample.serverCpu)) into.serverCpu.push(sample.serverCpu)
    }
    process.stderr.write(`  round ${round} of ${rounds}\n`)
  }
  return measured
}
