/** The dimensions of the matrix, and the rules of cookie mode for each cell, written without the code under test. */
import { app, partner } from './page.ts'

export const origins: Readonly<Record<string, readonly string[]>> = {
  listed: [app],
  'listed, cross-site': [partner],
  unlisted: ['https://evil.test'],
  'suffix trick': [`${app}.evil.test`],
  'prefix trick': ['https://xapp.example.test'],
  'other port': [`${app}:8443`],
  'http for https': ['http://app.example.test'],
  null: ['null'],
  absent: [],
  doubled: [app, app],
}

export const fetchSites: Readonly<Record<string, readonly string[]>> = {
  absent: [],
  'same-origin': ['same-origin'],
  'same-site': ['same-site'],
  'cross-site': ['cross-site'],
  none: ['none'],
  garbage: ['same-site-ish'],
}

export const authModes: Readonly<Record<string, readonly string[]>> = {
  cookie: ['cookie'],
  bearer: ['bearer'],
  COOKIE: ['COOKIE'],
  absent: [],
  doubled: ['cookie', 'cookie'],
}

/** How a request encodes its members. A form encodes them as text. */
export type Members = Readonly<Record<string, string | boolean>>

type Encoding = { readonly type?: string; readonly write: (members: Members) => string }
const asJson = (members: object) => JSON.stringify(members)
const asText = (members: Members) => Object.entries(members).map(([name, value]) => [name, String(value)])
const boundary = 'b0undary'

export const encodings: Readonly<Record<string, Encoding>> = {
  json: { type: 'application/json', write: asJson },
  'json with charset': { type: 'application/json; charset=utf-8', write: asJson },
  form: {
    type: 'application/x-www-form-urlencoded',
    write: (members) => new URLSearchParams(asText(members)).toString(),
  },
  multipart: {
    type: `multipart/form-data; boundary=${boundary}`,
    write: (members) =>
      Object.entries(members)
        .map(([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
        .join('')
        .concat(`--${boundary}--\r\n`),
  },
  'text/plain': { type: 'text/plain', write: asJson },
  'no type, JSON all the same': { write: asJson },
  'no body': { write: () => '' },
}

export const credentials = ['cookie', 'bearer', 'both', 'none'] as const

export type Cell = {
  readonly origin: string
  readonly fetchSite: string
  readonly authMode: string
  readonly encoding: string
  readonly credential: (typeof credentials)[number]
}

export const isJson = ({ encoding }: Cell) => encoding.startsWith('json')
const hasNoBody = ({ encoding }: Cell) => encoding === 'no body'
export const isUnsupported = (cell: Cell) => !isJson(cell) && !hasNoBody(cell)
/** An unknown mode on a route that documents the header. */
export const isUnknownMode = ({ authMode }: Cell) => authMode === 'COOKIE' || authMode === 'doubled'

const hasToken = ({ credential }: Cell) => credential === 'bearer' || credential === 'both'

/** A request that asks for cookie mode must not have a Bearer token. */
export const isTwofold = (cell: Cell) => cell.authMode === 'cookie' && hasToken(cell)

/** The header X-Auth-Mode decides. Without it, a Bearer token means bearer mode, and one of the cookies means cookie mode. */
export const isCookieMode = (cell: Cell) => {
  if (cell.authMode === 'cookie') return !isTwofold(cell)
  return cell.authMode !== 'bearer' && cell.credential === 'cookie'
}

/** Whether the credential of the mode is there. */
export const isSignedIn = (cell: Cell) => (isCookieMode(cell) ? cell.credential === 'cookie' : hasToken(cell))

function isFitting({ origin, fetchSite }: Cell): boolean {
  if (fetchSite === 'cross-site') return origin === 'listed, cross-site'
  return ['absent', 'same-origin', 'same-site'].includes(fetchSite)
}

/** A server that forwards cookies is no browser, so it sends neither header. */
const isForwarded = ({ origin, fetchSite }: Cell) => origin === 'absent' && fetchSite === 'absent'

/**
 * A page must send a listed `Origin` and a fitting `Sec-Fetch-Site` if any, and a server neither. Both must send `X-Auth-Mode: cookie`, and a
 * JSON body.
 */
export function isCsrf(cell: Cell): boolean {
  if (!isCookieMode(cell)) return false
  const isListed = cell.origin === 'listed' || cell.origin === 'listed, cross-site'
  const isFromClient = (isListed && isFitting(cell)) || isForwarded(cell)
  return !(isFromClient && cell.authMode === 'cookie' && (isJson(cell) || hasNoBody(cell)))
}

/** Every combination for these origins. */
export function cellsOf(origin: string): Cell[] {
  const cells: Cell[] = []
  for (const fetchSite of Object.keys(fetchSites))
    for (const authMode of Object.keys(authModes))
      for (const encoding of Object.keys(encodings))
        for (const credential of credentials) cells.push({ origin, fetchSite, authMode, encoding, credential })
  return cells
}

const usual = {
  fetchSite: ['same-site', 'cross-site'],
  authMode: ['cookie'],
  encoding: ['json'],
  credential: ['cookie'],
}

/** Whether a cell differs in at most two dimensions from the request of a listed page. */
export function isNear(cell: Cell): boolean {
  const listed = ['listed', 'listed, cross-site'].includes(cell.origin)
  const names = ['fetchSite', 'authMode', 'encoding', 'credential'] as const
  return names.filter((name) => !usual[name].includes(cell[name])).length + (listed ? 0 : 1) <= 2
}
