/** Reads the TAP that a test file prints. */

export type TapResult = {
  /** The number of assertions that passed. */
  readonly passed: number
  readonly failures: readonly TapFailure[]
  /** The titles of tests that were skipped or are marked as todo, each with its reason. */
  readonly skipped: readonly string[]
  /** The comments, with figures that a test prints. */
  readonly comments: readonly string[]
}
export type TapFailure = {
  /** The titles of the tests around the assertion, and its own. */
  readonly titles: readonly string[]
  /** The lines of tap with details. */
  readonly details: readonly string[]
}

const spaces = /^ */
const subtest = /^# Subtest: (.*)$/
const result = /^(not )?ok \d+(?: - (.*?))?(?: # (SKIP|TODO|time=)(.*))?$/
// tap adds these comments at the end.
const ownComment = /^# (\{ |time=|Subtest: )/

export function readTap(text: string): TapResult {
  const lines = text.split('\n')
  const failures: TapFailure[] = []
  const skipped: string[] = []
  const comments: string[] = []
  /** The open test at each depth, and the number of failures before it began. */
  const open: { depth: number; title: string; failuresBefore: number }[] = []
  let passed = 0
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? ''
    const depth = spaces.exec(line)?.[0].length ?? 0
    const said = line.slice(depth)
    if (said === '---') at = endOfDetails(lines, at)
    const begun = subtest.exec(said)
    if (begun) open.push({ depth, title: begun[1] ?? '', failuresBefore: failures.length })
    else if (said.startsWith('# ') && !ownComment.test(said)) comments.push(said.slice(2))
    const told = result.exec(said)
    if (!told) continue
    const [, not, title = '', directive, reason = ''] = told
    const closed = open.at(-1)?.depth === depth ? open.pop() : undefined
    const titles = [...open.map((one) => one.title), closed?.title ?? title]
    if (directive === 'SKIP' || directive === 'TODO') skipped.push(`${titles.join(' > ')} (${reason.trim()})`)
    else if (!not) passed += closed ? 0 : 1
    else if (!closed || closed.failuresBefore === failures.length) {
      failures.push({ titles, details: lines.slice(at + 1, endOfDetails(lines, at + 1) + 1) })
    }
  }
  return { passed, failures, skipped, comments }
}

/** The last line of the block of details that begins at a line, or the line before it if none begins there. */
function endOfDetails(lines: readonly string[], from: number): number {
  const first = lines[from] ?? ''
  if (first.trim() !== '---') return from - 1
  const last = lines.indexOf(first.replace('---', '...'), from)
  return last === -1 ? lines.length - 1 : last
}
