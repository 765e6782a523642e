import t from 'tap'
import { call, password, register } from '../setup/client.ts'
import {
  authModes,
  type Cell,
  cellsOf,
  encodings,
  fetchSites,
  isCookieMode,
  isCsrf,
  isNear,
  isUnknownMode,
  isUnsupported,
  type Members,
  origins,
} from './cells.ts'
import { startNotesApp } from './notes-app.ts'
import { cookieHeader, openPage } from './page.ts'
import { type Header, json, type Reply, send } from './wire.ts'

const node = await startNotesApp(t)
const { baseUrl } = node

/** Whom an administrator can do something to. */
const victim = await register(baseUrl, 'victim@example.com')

/** What somebody may hold: the cookies of one session and the tokens of another. Each route has its own. */
async function newHolder(email: string, { admin = false } = {}) {
  const page = openPage(baseUrl)
  await page.register(email)
  if (admin) {
    await node.database.pool.query(`UPDATE users SET roles = '{admin}' WHERE email = $1`, [email])
    await page.refresh()
  }
  const { status, body } = await call(`${baseUrl}/auth/login`, { body: { email, password } })
  if (status !== 200) throw new Error(`login answered ${status}`)
  return {
    page,
    email,
    access: String(body['access_token']),
    refresh: String(body['refresh_token']),
    session: String(body['session_id']),
  }
}
type Holder = Awaited<ReturnType<typeof newHolder>>
type Body = Members

type Route = {
  readonly method: string
  readonly path: string
  /** Where a request goes, where that is not the path itself. */
  readonly target?: (holder: Holder, cell: Cell) => string
  /** Where the request goes, if not to the path as it stands. */
  readonly to?: string
  /** What another site would like to send: it would do something, were it let through. */
  readonly attack: (holder: Holder) => Body
  /** What is sent where the gate is not in the way; as `attack` where it is left out. */
  readonly honest?: (holder: Holder, cell: Cell) => Body
  /** Reads and sets no cookie, so the gate has nothing to guard. */
  readonly cookieless?: boolean
  /** The status where the gate is not in the way. */
  readonly status: (cell: Cell) => number
}

const isBearer = ({ credential }: Cell) => credential === 'bearer' || credential === 'both'
const noBody = ({ encoding }: Cell) => encoding === 'no body'
/** Routes for everybody read the body first, and document X-Auth-Mode. */
const publicly = (status: (cell: Cell) => number) => (cell: Cell) =>
  isUnsupported(cell) ? 415 : isUnknownMode(cell) ? 400 : status(cell)
/** Routes for the signed-in ask who it is before they read the body. */
const signedIn = (status: (cell: Cell) => number) => (cell: Cell) =>
  cell.credential === 'none' ? 401 : isUnsupported(cell) ? 415 : status(cell)

let strangers = 0
const nobodys = '7e57ab1e-0000-4000-8000-000000000000'
const routes: readonly Route[] = [
  {
    method: 'POST',
    path: '/auth/register',
    attack: () => ({ email: `stranger-${++strangers}@evil.test`, password }),
    honest: () => ({}), // a password would be hashed: thousands of times
    status: publicly(() => 400),
  },
  {
    method: 'POST',
    path: '/auth/login',
    attack: ({ email }) => ({ email, password }),
    honest: () => ({}),
    status: publicly(() => 400),
  },
  {
    method: 'POST',
    path: '/auth/refresh',
    attack: () => ({}),
    honest: ({ refresh }, cell): Body => (isBearer(cell) ? { refresh_token: refresh } : {}),
    status: publicly((cell) => {
      if (cell.credential === 'cookie') return 200
      if (isCookieMode(cell)) return 401
      return isBearer(cell) && !noBody(cell) ? 200 : 400
    }),
  },
  {
    method: 'POST',
    path: '/auth/logout',
    attack: () => ({}),
    status: publicly((cell) => (cell.credential === 'none' && !isCookieMode(cell) ? 401 : 204)),
  },
  {
    method: 'POST',
    path: '/auth/email/verify',
    attack: () => ({ token: 'not-known-to-another-site' }),
    status: publicly(() => 400),
  },
  {
    method: 'POST',
    path: '/auth/email/resend',
    attack: ({ email }) => ({ email }),
    honest: () => ({}), // asking is written down each time
    status: publicly(() => 400),
  },
  {
    method: 'POST',
    path: '/auth/email/change',
    attack: () => ({ new_email: 'mallory@evil.test', password }),
    honest: () => ({}),
    status: signedIn(() => 400),
  },
  {
    method: 'PATCH',
    path: '/auth/me',
    attack: () => ({ name: 'Mallory' }),
    status: signedIn((cell) => (noBody(cell) ? 400 : 200)),
  },
  {
    method: 'DELETE',
    path: '/auth/sessions/:id',
    target: ({ session }, cell) => `/auth/sessions/${isCsrf(cell) ? session : nobodys}`,
    attack: () => ({}),
    status: signedIn(() => 404),
  },
  {
    method: 'DELETE',
    path: '/auth/sessions',
    // Let through, it would end the session that the next cell needs.
    target: (_, cell) => `/auth/sessions?scope=${isCsrf(cell) ? 'all' : 'unknown'}`,
    attack: () => ({}),
    status: signedIn(() => 400),
  },
  {
    method: 'POST',
    path: '/auth/password',
    attack: () => ({ current_password: password, new_password: 'a password of the attacker' }),
    honest: () => ({}),
    status: signedIn(() => 400),
  },
  {
    method: 'POST',
    path: '/auth/password/forgot',
    attack: ({ email }) => ({ email }),
    honest: () => ({}),
    status: publicly(() => 400),
  },
  {
    method: 'POST',
    path: '/auth/password/reset',
    attack: () => ({ token: 'x'.repeat(43), password: 'a password of the attacker' }),
    status: publicly(() => 400),
  },
  {
    method: 'POST',
    path: '/auth/reauthenticate',
    attack: () => ({ password }),
    honest: () => ({}),
    status: signedIn(() => 400),
  },
  {
    path: '/auth/me',
    attack: () => ({ password }),
    honest: () => ({}), // a password would be hashed
    status: signedIn(() => 400),
  },
  {
    method: 'PATCH',
    path: '/admin/users/:id',
    to: `/admin/users/${victim.user.id}`,
    attack: () => ({ disabled: true }),
    honest: () => ({}),
    status: signedIn((cell) => (noBody(cell) ? 400 : 200)),
  },
  {
    method: 'DELETE',
    path: '/admin/users/:id/sessions',
    to: `/admin/users/${victim.user.id}/sessions`,
    attack: () => ({}),
    status: signedIn(() => 204),
  },
  {
    method: 'POST',
    path: '/oauth/revoke',
    attack: () => ({ token: 'not-known-to-another-site' }),
    cookieless: true,
    status: (cell) => (cell.encoding === 'form' ? 200 : noBody(cell) ? 400 : 415),
  },
  {
    method: 'POST',
    path: '/oauth/introspect',
    attack: ({ access }) => ({ token: access }),
    cookieless: true,
    status: () => 401,
  },
  { method: 'POST', path: '/notes', attack: () => ({ text: 'hello' }), status: signedIn(() => 200) },
]

const each = (name: string, values: readonly string[] = []): Header[] => values.map((value) => [name, value])

async function play(route: Route, holder: Holder, cell: Cell): Promise<Reply> {
  const encoding = encodings[cell.encoding]
  const members = (isCsrf(cell) ? route.attack : (route.honest ?? route.attack))(holder, cell)
  const headers = [
    ...each('Origin', origins[cell.origin]),
    ...each('Sec-Fetch-Site', fetchSites[cell.fetchSite]),
    ...each('X-Auth-Mode', authModes[cell.authMode]),
    ...each('Content-Type', encoding?.type === undefined ? [] : [encoding.type]),
    ...(isBearer(cell) ? each('Authorization', [`Bearer ${holder.access}`]) : []),
    ...(cell.credential === 'cookie' || cell.credential === 'both' ? cookieHeader(holder.page.jar) : []),
  ]
  const path = route.target?.(holder, cell) ?? route.path
  return send(baseUrl, { method: route.method, path, headers, body: encoding?.write(members) })
  return send(baseUrl, { method: route.method, path: route.to ?? route.path, headers, body: encoding?.write(members) })
}

const expected = (route: Route, cell: Cell) => (isCsrf(cell) && !route.cookieless ? 403 : route.status(cell))

/** Cells that were answered otherwise than they should have been. */
async function findWrong(route: Route, holder: Holder, cells: readonly Cell[]): Promise<unknown[]> {
  const wrong: unknown[] = []
  const queue = [...cells]
  const worker = async () => {
    for (let cell = queue.pop(); cell; cell = queue.pop()) {
      const { status, body, setCookies } = await play(route, holder, cell)
      const want = expected(route, cell)
      const fits = status === want && (status !== 403 || body['code'] === 'csrf_rejected')
      const mayCookie = isCookieMode(cell) && want < 300 && !route.cookieless
      if (!fits || (setCookies.length > 0 && !mayCookie)) wrong.push({ ...cell, want, status, body, setCookies })
    }
  }
  await Promise.all([worker(), worker(), worker(), worker()])
  return wrong
}

let played = 0
for (const [i, route] of routes.entries()) {
  t.test(`${route.method} ${route.path} is refused in every cell where another site might have asked`, async (t) => {
    const holder = await newHolder(`matrix-${i}@example.com`, { admin: route.path.startsWith('/admin/') })
    // All of it on one route; on the others what differs in up to three ways from what a page of ours sends.
    const cells = (origin: string) => cellsOf(origin).filter((cell) => route.path === '/notes' || isNear(cell))
    // Logout ends what the others would still need, so what is refused comes first.
    for (const origin of Object.keys(origins)) {
      const refused = cells(origin).filter((cell) => expected(route, cell) >= 400)
      const before = await node.dump()
      t.strictSame((await findWrong(route, holder, refused)).slice(0, 3), [], `origin ${origin}, refused`)
      t.equal(await node.dump(), before, `origin ${origin}: ${refused.length} refused cells change nothing`)
      played += refused.length
    }
    for (const origin of Object.keys(origins)) {
      const accepted = cells(origin).filter((cell) => expected(route, cell) < 400)
      t.strictSame((await findWrong(route, holder, accepted)).slice(0, 3), [], `origin ${origin}, accepted`)
      played += accepted.length
    }
  })
}

t.test('the matrix is as large as it says', async (t) => {
  t.equal(
    played,
    10 * 6 * 5 * 7 * 4 + (routes.length - 1) * Object.keys(origins).flatMap(cellsOf).filter(isNear).length,
  )
  t.ok(played > 10_000, `${played} cells`)
  t.ok(
    cellsOf('listed').some((cell) => !isCsrf(cell) && isCookieMode(cell)),
    'not all of it is refused',
  )
})

t.test('every unsafe route has a row', async (t) => {
  const { access_token: token } = await register(baseUrl)
  const found = listRoutes().flatMap(({ url, methods }) => methods.map((method) => ({ url, method })))
  for (const { method, path } of routes)
    t.ok(
      found.some((one) => one.url === path && one.method === method),
      path,
    )
  const hasRow = (url: string, method: string) => routes.some((row) => row.path === url && row.method === method)
  for (const { url, method } of found) {
    if (!['GET', 'HEAD', 'OPTIONS'].includes(method) && !hasRow(url, method)) {
      const path = url.replace(/:\w+/g, '7').replaceAll('*', 'x')
      const { status } = await send(baseUrl, { method, path, headers: [['Authorization', `Bearer ${token}`], json] })
      t.equal(status, 405, `${method} ${url} needs a row in the matrix`)
    }
  }
})

/** What the app answers to, read from its router's own drawing. */
function listRoutes() {
  const parents: string[] = []
  const drawn = node.app.printRoutes({ commonPrefix: false })
  return [...drawn.matchAll(/^([│ ]*)[├└]── (\S+)(?: \(([A-Z, -]+)\))?/gm)].map(
    ([, indent = '', part = '', list = '']) => {
      parents.splice(indent.length / 4, Infinity, part)
      return { url: parents.join(''), methods: list.split(', ').filter((method) => method !== '') }
    },
  )
}
