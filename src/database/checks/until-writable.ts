/** A start during a failover: the address leads to a standby for a while. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Findings } from './check-database.ts'

type Options = {
  readonly log: (message: string) => void
  readonly waitSeconds?: number
  readonly pauseMs?: number
}

/** Checks again until Postgres is no standby. After the longest wait, the findings say that it is one. */
export async function untilWritable(
  check: () => Promise<Findings>,
  { log, waitSeconds = 60, pauseMs = 1000 }: Options,
): Promise<Findings> {
  const until = performance.now() + waitSeconds * 1000
  // Another problem does not pass by itself.
  const mayPass = ({ isStandby, problems }: Findings) => isStandby && problems.length === 1
  let findings = await check()
  if (findings.isStandby)
    log(`Postgres is a standby, which only reads: the start waits up to ${waitSeconds} s for the primary`)
  while (mayPass(findings) && performance.now() < until) {
    await sleep(pauseMs)
    findings = await check()
  }
  return findings
}
