import t from 'tap'
import { call, password, register } from '../../setup/client.ts'
import {
  authModes,
  type Cell,
  cellsOf,
  encodings,
  fetchSites,
  isCookieMode,
  isCsrf,
  isNear,
  isTwofold,
  origins,
} from './cells.ts'
import { startNotesApp } from './notes-app.ts'
import { cookieHeader, openPage } from './page.ts'
import { type Holder, isBearer, type Route } from './route-row.ts'
import { routes } from './rows.ts'
import { type Header, json, type Reply, send } from './wire.ts'

const node = await startNotesApp(t)
const { baseUrl } = node

const {
  user: { id: victim },
} = await register(baseUrl, 'victim@example.com')

/** Registers a user with sessions for one route. */
async function newHolder(email: string, { admin = false } = {}): Promise<Holder> {
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
    victim,
  }
}
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
}

function expected(route: Route, cell: Cell): number {
  if (route.cookieless) return route.status(cell)
  if (isTwofold(cell)) return 400
  return isCsrf(cell) ? 403 : route.status(cell)
}

/** The cells with an unexpected response. */
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

const inFull = new Set(['listed', 'listed, cross-site', 'unlisted', 'null', 'absent'])
let played = 0
for (const [i, route] of routes.entries()) {
  t.test(`${route.method} ${route.path} is refused in every cell that another site could send`, async (t) => {
    const admin = route.byAdmin ?? route.path.startsWith('/admin/')
    const holder = await newHolder(`matrix-${i}@example.com`, { admin })
    // One route gets every cell of these origins. Otherwise a cell differs in at most two dimensions from a listed page.
    const cells = (origin: string) =>
      cellsOf(origin).filter((cell) => (route.path === '/notes' && inFull.has(origin)) || isNear(cell))
    // The refused cells come first, because an accepted logout ends the session that they need.
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

t.test('the matrix has the expected number of cells', async (t) => {
  t.equal(
    played,
    5 * 6 * 5 * 7 * 4 +
      Object.keys(origins)
        .filter((origin) => !inFull.has(origin))
        .flatMap(cellsOf)
        .filter(isNear).length +
      (routes.length - 1) * Object.keys(origins).flatMap(cellsOf).filter(isNear).length,
  )
  t.ok(played > 8000, `${played} cells`)
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

/** The routes of the app, read from `printRoutes`. */
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
