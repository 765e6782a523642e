/** Crafted ids, queries, cursors and bodies never cause a 5xx. */
import fc from 'fast-check'
import t from 'tap'
import { registerAdmin } from '../setup/admins.ts'
import { register } from '../setup/client.ts'
import { startNode } from '../setup/node.ts'

const node = await startNode(t)
const admin = await registerAdmin(node)
const ada = await register(node.baseUrl)

const odd = [
  '',
  ' ',
  '%00',
  '\u0000',
  '\ud800',
  '\u{10FFFF}',
  "'",
  '"',
  '\\',
  '%',
  '_',
  '../',
  '..%2f',
  '{}',
  '[]',
  'null',
  'true',
  '-1',
  '0',
  '1e9',
  '9'.repeat(30),
  'NaN',
  '00000000-0000-0000-0000-000000000000',
  'ffffffff-ffff-ffff-ffff-ffffffffffff',
  ada.user.id,
  ada.user.id.toUpperCase(),
  '0000-01-01T00:00:00Z',
  '9999-12-31T23:59:59Z',
  '9999-12-31T23:59:59-23:59',
  '2026-02-30T00:00:00Z',
  '+010000-01-01T00:00:00Z',
  '1969-12-31T23:59:59Z',
  'admin',
  'login_failed',
  '@',
  'a@',
  '@a',
  'a@xn--',
  'é@\u0130',
  '\u1e9e@\u1e9e',
  '\ufdfa'.repeat(40),
]
const value = fc.oneof(fc.constantFrom(...odd), fc.string({ maxLength: 40, unit: 'binary' }))

const positions = [
  {},
  [],
  null,
  1,
  'x',
  { id: 1 },
  { id: '' },
  { id: '9'.repeat(18), at: 0 },
  { id: '9'.repeat(30), at: 1 },
  { id: '1', at: 8e15 },
  { id: '1', at: -1 },
  { id: '1', at: 1.5 },
  { id: '-1', at: 1 },
  { id: ada.user.id },
  { id: ada.user.id, key: 'a' },
  { id: ada.user.id, key: '\u0000' },
  { id: ada.user.id, key: '\ud800' },
  { id: ada.user.id, key: 'x'.repeat(600) },
  { id: ada.user.id, key: null },
  { id: ada.user.id, at: 8e12 },
  { id: ada.user.id, at: 9e12 },
  { __proto__: null, id: 'x' },
]
const cursor = fc.oneof(
  value,
  fc.constantFrom(...positions).map((position) => Buffer.from(JSON.stringify(position)).toString('base64url')),
  fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes).toString('base64url')),
  fc.json().map((text) => Buffer.from(text).toString('base64url')),
)
/** Valid values. Most members of a query are valid, so that an invalid one is not always refused because of the member before it. */
const sound: Readonly<Record<string, readonly string[]>> = {
  email: ['a', 'Ada@', 'é', '%', 'a@b.'],
  name: ['x', "'", '\\', '_'],
  disabled: ['true', 'false'],
  verified: ['true', 'false'],
  role: ['admin', 'a.b:c-d_e'],
  type: ['login_failed', 'key_rotated'],
  from: ['2026-01-01T00:00:00Z', '9999-12-31T23:59:59-23:59'],
  to: ['1970-01-01T00:00:00Z', '2026-11-21T12:00:00+05:30'],
  limit: ['1', '100', '1e1', '0x10'],
}
const member = (...names: string[]) =>
  fc.constantFrom(...names).chain((name) => {
    const good = fc.constantFrom(...(sound[name] ?? [ada.user.id]))
    return fc.tuple(fc.constant(name), fc.oneof({ arbitrary: good, weight: 8 }, { arbitrary: value, weight: 1 }))
  })
const query = (...names: string[]) =>
  fc
    .tuple(fc.array(member(...names, 'limit'), { maxLength: 3 }), fc.oneof(cursor, fc.constant(undefined)))
    .map(([members, at]) => {
      const pairs = at === undefined ? members : [...members, ['cursor', at] as const]
      return pairs.map(([name, given]) => `${name}=${encodeURIComponent(given.toWellFormed())}`).join('&')
    })
const segment = value.map((given) => encodeURIComponent(given.toWellFormed()) || 'x')
const body = fc.oneof(
  fc.json(),
  fc
    .record(
      { roles: fc.oneof(fc.array(value), value), disabled: fc.anything(), email_verified: value },
      { requiredKeys: [] },
    )
    .map((one) => JSON.stringify(one) ?? ''),
)

type Made = { method: string; path: string; body?: string }
const request: fc.Arbitrary<Made> = fc.oneof(
  query('email', 'name', 'disabled', 'verified', 'role').map((q) => ({ method: 'GET', path: `/admin/users?${q}` })),
  query('subject_id', 'actor_id', 'session_id', 'type', 'from', 'to').map((q) => ({
    method: 'GET',
    path: `/admin/audit?${q}`,
  })),
  query().map((q) => ({ method: 'GET', path: `/admin/mails?${q}` })),
  segment.map((id) => ({ method: 'GET', path: `/admin/users/${id}` })),
  segment.map((id) => ({ method: 'DELETE', path: `/admin/users/${id}/sessions` })),
  fc.tuple(segment, body).map(([id, json]) => ({ method: 'PATCH', path: `/admin/users/${id}`, body: json })),
  fc
    .oneof(
      body,
      value.map((given) => JSON.stringify({ new_email: given })),
    )
    .map((json) => ({ method: 'POST', path: '/auth/email/change', body: json })),
)

t.test('no crafted request causes a 5xx', async (t) => {
  const statuses = new Map<number, number>()
  const queue = fc.sample(request, 300)
  const send = async ({ method, path, body: json }: Made) => {
    const headers = {
      authorization: `Bearer ${admin.access_token}`,
      ...(json ? { 'content-type': 'application/json' } : {}),
    }
    const response = await fetch(`${node.baseUrl}${path}`, { method, headers, ...(json ? { body: json } : {}) })
    await response.text()
    statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1)
    if (response.status >= 500 || response.status === 401) t.fail(`${response.status}: ${method} ${path} ${json}`)
  }
  const worker = async () => {
    for (let next = queue.pop(); next; next = queue.pop()) await send(next)
  }
  await Promise.all([worker(), worker(), worker(), worker()])
  t.comment([...statuses].map((pair) => pair.join(': ')).join(', '))
  t.ok((statuses.get(200) ?? 0) > 20, 'some of them are valid')
})
