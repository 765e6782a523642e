/** The first table of docs/reference/performance.md, which compares sessions and JWTs with measured figures. */
import type { Results } from './results.ts'
import { figure, markdown } from './tables.ts'

type Contender = {
  readonly name: string
  /** The ids of its rows in the part `verify`, and in `cost` for headers and storage. */
  readonly verify: string
  readonly header: string
  readonly room?: string
  readonly asks: string
  readonly revoked: string | { readonly part: string; readonly id: string }
}

const contenders: readonly Contender[] = [
  {
    name: 'Countersign',
    verify: 'revocation',
    header: 'bearer',
    room: 'ours',
    asks: 'nothing',
    revoked: { part: 'revocation', id: 'told' },
  },
  {
    name: 'session in Postgres',
    verify: 'classic',
    header: 'classic',
    room: 'classic',
    asks: 'a row',
    revoked: 'at once',
  },
  { name: 'better-auth', verify: 'better', header: 'better', room: 'better', asks: 'a row', revoked: 'at once' },
  {
    name: '@fastify/jwt alone, HS256',
    verify: 'jwt',
    header: 'jwt',
    asks: 'nothing',
    revoked: 'when the token expires',
  },
]

/** The table in Markdown for these results. */
export function argumentOf(results: Results): string {
  const measured = (part: string, id: string, group?: string): string => {
    const row = results[part]?.rows.find((one) => one.id === id && (group === undefined || one.group === group))
    return row ? figure(row.value.median) : 'not measured'
  }
  const line = (label: string, cell: (contender: Contender) => string) => [label, ...contenders.map(cell)]
  return markdown([
    ['', ...contenders.map(({ name }) => name)],
    line('Speed: requests a second, one process', ({ verify }) => measured('verify', verify, '100 tokens')),
    line('Scale: what a request asks of the database', ({ asks }) => asks),
    line('Revocation: a logout counts on every node', ({ revoked }) =>
      typeof revoked === 'string' ? revoked : `after ${measured(revoked.part, revoked.id)} ms`,
    ),
    line('Size: bytes sent with each request', ({ header }) => measured('cost', header, 'sent with a request')),
    line('Storage: 100,000 sessions, indexes included', ({ room }) =>
      room ? `${measured('cost', room, '100,000 sessions in Postgres, indexes included')} MB` : 'none',
    ),
  ])
}
