/** The command `npm run keys`. */
import { StartError } from '../config/start-error.ts'
import type { KeyKeeper } from '../keys/key-keeper.ts'

const usage = `Usage: npm run keys -- COMMAND

  list         list every key: the one that signs, the next one, and those that only verify
  rotate       let the next key sign as soon as all nodes and services know it
  revoke KID   revoke a key and every token that it signed, at once; another key signs from then on
`

const time = (ms: number) => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')

async function list(keeper: KeyKeeper): Promise<string> {
  const keys = await keeper.list()
  const line = (...cells: string[]) =>
    `${cells[0]?.padEnd(43)}  ${cells[1]?.padEnd(5)}  ${cells[2]?.padEnd(8)}  ${cells[3]}\n`
  const rows = keys.map(({ kid, alg, state, signsFrom }) => line(kid, alg, state, time(signsFrom)))
  return line('KID', 'ALG', 'STATE', 'SIGNS FROM') + rows.join('')
}

/** Runs the command with these arguments, and returns its output. Ends in a StartError with a sentence for the operator. */
export async function changeKeys(keeper: KeyKeeper, [command, kid, ...more]: readonly string[]): Promise<string> {
  if (command === 'list' && kid === undefined) return list(keeper)
  if (command === 'rotate' && kid === undefined) {
    const next = await keeper.rotate()
    return `Key ${next.kid} signs from ${time(next.signsFrom)} on.\n`
  }
  if (command === 'revoke' && kid !== undefined && more.length === 0) {
    await keeper.revoke(kid)
    return `Key ${kid} is revoked: its tokens are denied.\n${await list(keeper)}`
  }
  throw new StartError(usage)
}
