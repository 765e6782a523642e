/** Invalid cursors and queries are refused with 400, and none causes a server error. */
import fc from 'fast-check'
import t from 'tap'
import { runs } from '../../setup/properties.ts'
import { ask, catchUp, read, startFeedNode } from './follow.ts'

const node = await startFeedNode(t)
const hash = '47DEQpj8HBSa-_TI'
const far = '999999999999999999'

const isRefusal = async (response: Response, path?: string) => {
  const { status, headers } = response
  const { code, errors } = JSON.parse(await response.text())
  if (status !== 400 || code !== 'invalid_request') throw new Error(`${status} ${code}`)
  if (headers.get('content-type') !== 'application/problem+json') throw new Error('no problem document')
  if (path !== undefined && errors[0]?.path !== path) throw new Error(`blames ${errors[0]?.path}`)
}

const noCursors = [
  ['', 'p', 't', '0', '-1', 'null', 'undefined', 'x1.1', 'P1.1', `T1.1.${hash}`, '%00', '%zz', '%E2%82%AC', ' p1.1'],
  ['p1', 'p1.', 'p.1', 'p1.1.1', 'p-1.1', 'p1.-1', 'p1.1e3', 'p0x1.1', 'p1.1%20', 'p1.1%0A', 'p+1.1', '{"p":1}'],
  ['t1.1', 't1.1.', `t1..${hash}`, `t.1.${hash}`, `t1.1.${hash}x`, `t1.1.${hash.slice(1)}`, `t1.1.${hash}%0A`],
  [`p${far}9.1`, `p1.${far}9`, `t${far}9.1.${hash}`, `t1.${far}9.${hash}`, `p1.${'9'.repeat(100)}`, 'p'.repeat(128)],
  ['a'.repeat(129), 'a'.repeat(4000), `t1.1.${'='.repeat(16)}`, 't1.1.................', '٣', 'p٣.٣', '__proto__'],
  ['p01.1', 'p1.01', `t09.0.${hash}`, `t010.0.${hash}`, `t1.01.${hash}`, 'p00.0'],
].flat()

t.test('a text that is no cursor is refused', async (t) => {
  for (const text of noCursors)
    await t.resolves(
      ask(node, `?after=${text}`).then((r) => isRefusal(r, '/after')),
      text,
    )
  await t.resolves(
    ask(node, '?after').then((r) => isRefusal(r, '/after')),
    'no value',
  )
})

t.test(
  'a cursor that is ahead of the database is refused, because the database was restored or is another one',
  async (t) => {
    const { next } = await catchUp(node)
    const [, xmin = '', seq, own] = /^t(\d+)\.(\d+)\.(.{16})$/.exec(next) ?? []
    await t.resolves(read(node, `?after=${next}`))
    const ahead = BigInt(xmin) + 100_000n
    for (const text of [
      `t${ahead}.${seq}.${own}`,
      `t${ahead}.0.${hash}`,
      `p0.${ahead}`,
      `p${far}.${far}`,
      `t${far}.${far}.${hash}`,
    ])
      await t.resolves(
        ask(node, `?after=${text}`).then((r) => isRefusal(r, '/after')),
        text,
      )
    await t.resolves(read(node, `?after=${next}`), 'a refusal changes nothing')
  },
)

t.test('unknown, repeated and out-of-bounds query members are refused', async (t) => {
  const { next } = await catchUp(node)
  const after = `after=${next}`
  for (const [query, path] of [
    [`?${after}&${after}`, '/after'],
    [`?${after}&after=`, '/after'],
    [`?${after}&after=x`, '/after'],
    ['?after[]=p0.1', '/after[]'],
    [`?${after}&wait=1&wait=1`, '/wait'],
    [`?${after}&since=1`, '/since'],
    [`?${after}&AFTER=1`, '/AFTER'],
    [`?${after}&toString=1`, '/toString'],
    [`?${after}&wait=9`, '/wait'],
    [`?${after}&wait=-1`, '/wait'],
    [`?${after}&wait=0.5`, '/wait'],
    [`?${after}&wait=1e9`, '/wait'],
    [`?${after}&wait=Infinity`, '/wait'],
    [`?${after}&wait=NaN`, '/wait'],
    [`?${after}&wait=8s`, '/wait'],
    [`?${after}&wait=99999999999999999999`, '/wait'],
  ] as const) {
    await t.resolves(
      ask(node, query).then((r) => isRefusal(r, path)),
      query,
    )
  }
})

t.test('random texts as a cursor are answered with 200 or 400', async (t) => {
  const { next } = await catchUp(node)
  const digits = fc.oneof(
    fc.bigInt({ min: 0n, max: 10n ** 21n }).map(String),
    fc.stringMatching(/^[0-9]{0,24}$/),
    fc.nat({ max: 2000 }).map(String),
  )
  const shaped = fc.tuple(fc.constantFrom('p', 't', 'q', ''), digits, digits, fc.stringMatching(/^[\w-]{14,18}$/))
  const text = fc.oneof(
    shaped.map(([kind, a, b, c]) => (kind === 't' ? `t${a}.${b}.${c}` : `${kind}${a}.${b}`)),
    fc.string({ unit: 'binary' }),
    fc.stringMatching(/^[A-Za-z0-9._-]{1,140}$/),
    // A valid cursor with one character replaced or removed.
    fc
      .tuple(fc.nat({ max: next.length - 1 }), fc.constantFrom('', '0', '9', '.', '-', 'z', '%'))
      .map(([i, c]) => next.slice(0, i) + c + next.slice(i + 1)),
  )
  const query = fc.oneof(
    { weight: 9, arbitrary: text.map((after) => `after=${encodeURIComponent(after.toWellFormed())}`) },
    { weight: 2, arbitrary: fc.stringMatching(/^[ -~]{0,60}$/).map((raw) => raw.replaceAll('#', '')) },
    { weight: 1, arbitrary: fc.constantFrom('__proto__=1', 'constructor=1', '__proto__[after]=x', '&&&', '=', '=&=1') },
  )
  const seen: Record<number, number> = {}
  const property = fc.asyncProperty(query, async (raw) => {
    const response = await ask(node, `?${raw}`)
    seen[response.status] = (seen[response.status] ?? 0) + 1
    if (response.status === 200) await response.arrayBuffer()
    else await isRefusal(response)
  })
  await t.resolves(fc.assert(property, runs(500)))
  t.comment(JSON.stringify(seen))
})
