/**
 * A module to preload into a server process. It moves the time of day by the milliseconds in a file, which may change at any
 * moment, as when an operator or NTP sets a clock. Durations (performance.now, timers) do not change.
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
