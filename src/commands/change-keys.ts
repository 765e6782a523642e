/** What `countersign keys` does, and what it prints. */
import type { KeyKeeper } from '../keys/key-keeper.ts'
import type { Output } from './command.ts'

export type KeyOrder =
  | { readonly name: 'list' }
  | { readonly name: 'rotate' }
  | { readonly name: 'revoke'; readonly kid: string }

const time = (ms: number) => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')

async function list(keeper: KeyKeeper): Promise<Output> {
  const keys = await keeper.list()
  const line = (...cells: string[]) =>
    `${cells[0]?.padEnd(43)}  ${cells[1]?.padEnd(5)}  ${cells[2]?.padEnd(8)}  ${cells[3]}\n`
  const rows = keys.map(({ kid, alg, state, signsFrom }) => line(kid, alg, state, time(signsFrom)))
  const none = 'There are no keys yet: the first start of the server makes them.\n'
  return {
    text: keys.length === 0 ? none : line('KID', 'ALG', 'STATE', 'SIGNS FROM') + rows.join(''),
    data: { keys: keys.map(({ kid, alg, state, signsFrom }) => ({ kid, alg, state, signs_from: time(signsFrom) })) },
  }
}

/** Carries out the order. Ends in a StartError with a sentence for the operator. */
export async function changeKeys(keeper: KeyKeeper, order: KeyOrder): Promise<Output> {
  if (order.name === 'list') return list(keeper)
  if (order.name === 'rotate') {
    const { kid, signsFrom } = await keeper.rotate()
    const signs = time(signsFrom)
    return { text: `Key ${kid} signs from ${signs} on.\n`, data: { kid, signs_from: signs } }
  }
  await keeper.revoke(order.kid)
  const { text, data } = await list(keeper)
  return { text: `Key ${order.kid} is revoked: its tokens are denied.\n${text}`, data: { revoked: order.kid, ...data } }
}
