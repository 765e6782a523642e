/**
 * Keeps a storm of errors from filling the log. While the database is away, each of thousands of requests a second would write the same
 * stack. Each kind of error has one line a second, and then a line that says how many were left out.
 */

type Dependencies = {
  /** Called for each kind of which lines were left out, with their number. */
  report: (kind: ErrorKind, leftOut: number) => void
  /** Milliseconds since a fixed moment. */
  now?: () => number
  /** Calls the work once, after so many milliseconds. It must not keep the process alive. */
  later?: (work: () => void, ms: number) => void
}

/** What two lines have in common that count as one kind. */
export type ErrorKind = { readonly text: string; readonly error: string }

export type RepeatedErrors = {
  /** Whether the line about this error should be written. Otherwise it is counted. */
  readonly allows: (text: string, error: Error) => boolean
}

const everyMs = 1000
// A bound, in case the texts of some library are all different. Kinds beyond it share one place.
const mostKinds = 100
const others: ErrorKind = { text: 'other errors', error: 'various' }

/** Names an error: its code, such as ECONNREFUSED, or its class and the line of code that made it. The message may quote values. */
function nameOf(error: Error): string {
  const { code } = error as { code?: unknown }
  if (typeof code === 'string' && /^\w{1,40}$/.test(code)) return code
  const [, place = ''] = /\n\s+at (?:.*\()?(.*:\d+:\d+)/.exec(error.stack ?? '') ?? []
  return `${error.name} ${place.replace(/^file:\/\//, '')}`.trim()
}

const laterAsUsual = (work: () => void, ms: number) => void setTimeout(work, ms).unref()

export function createRepeatedErrors({
  report,
  now = () => performance.now(),
  later = laterAsUsual,
}: Dependencies): RepeatedErrors {
  const kinds = new Map<string, { readonly kind: ErrorKind; readonly since: number; leftOut: number }>()

  /** Forgets the kinds whose second is over, and reports what was left out of them. */
  function look() {
    for (const [key, { kind, since, leftOut }] of kinds) {
      if (now() - since < everyMs) continue
      kinds.delete(key)
      if (leftOut > 0) report(kind, leftOut)
    }
    if (kinds.size > 0) later(look, everyMs)
  }

  return {
    allows(text, error) {
      const own = { text, error: nameOf(error) }
      const ownKey = `${text} ${own.error}`
      const isFull = kinds.size >= mostKinds && !kinds.has(ownKey)
      const [key, kind] = isFull ? ['', others] : [ownKey, own]
      const known = kinds.get(key)
      if (known) {
        known.leftOut += 1
        return false
      }
      if (kinds.size === 0) later(look, everyMs)
      kinds.set(key, { kind, since: now(), leftOut: 0 })
      return true
    },
  }
}
