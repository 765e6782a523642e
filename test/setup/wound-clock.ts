/**
 * Preloaded into a server process: its time of day is off by as many milliseconds as a file says, which may change at any
 * moment, as an operator or NTP may change a machine's. Durations (performance.now, timers) go on, as they do there.
 */
import { readFileSync } from 'node:fs'

const fileName = 'WOUND_CLOCK_FILE'

/** The environment of a server process whose clock `file` sets. */
export const woundBy = (file: string): Record<string, string> => ({
  [fileName]: file,
  NODE_OPTIONS: `--import=${import.meta.url}`,
})

const file = process.env[fileName]
if (file !== undefined) {
  const machine = Date.now
  Date.now = () => machine() + Number(readFileSync(file, 'utf8'))
}
