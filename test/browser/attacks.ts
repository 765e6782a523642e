/**
 * The requests that a hostile page can make a browser send: forms, images, frames, beacons and fetch, at every route that
 * changes something. Each attack runs on a page of the attacker in the browser of the victim.
 */
/// <reference lib="dom" />
import type { BrowserContext, Page } from 'playwright-core'
import type { Test } from 'tap'
import type { Exchange, Sites } from './sites.ts'
import { cookiesOf, dump } from './users.ts'

/** The attacker's account. A form in text/plain puts a "=" between name and value: it ends the password. */
export const attacker = { email: 'mallory@example.com', password: 'correct horse battery=' }

type Shot = { url: string; method: string; body: string; kind: Kind }
type Attack = { name: string; method: string; path: string; body: string; kind: Kind }

/** How the request is sent, and whether a browser sends it without a preflight. */
const kinds = {
  'form, url-encoded': { simple: true },
  'form, multipart': { simple: true },
  'form, text/plain': { simple: true },
  'form in the whole tab': { simple: true },
  'form in a sandbox, with a null origin': { simple: true },
  'fetch, no-cors': { simple: true },
  'fetch, no-cors, with the header': { simple: true },
  'fetch, no-cors, nothing in it': { simple: true },
  'fetch, cors, as text': { simple: true },
  'fetch, cors, as JSON': { simple: false },
  'fetch, cors, as JSON with the header': { simple: false },
  'beacon, as text': { simple: true },
  'beacon, as JSON': { simple: false },
  image: { simple: true },
  frame: { simple: true },
  script: { simple: true },
} as const
type Kind = keyof typeof kinds

const isGet = (kind: Kind) => ['image', 'frame', 'script'].includes(kind)
const posts = {
  '/auth/login': JSON.stringify(attacker),
  '/auth/register': JSON.stringify({ ...attacker, email: 'planted@example.com' }),
  '/auth/refresh': '{}',
  '/auth/logout': '{}',
}
const all = Object.keys(kinds) as Kind[]
const rename = JSON.stringify({ name: 'Mallory' })

const attacks: readonly Attack[] = [
  ...Object.entries(posts).flatMap(([path, body]) =>
    all.map((kind) => ({ name: `${kind}: ${path}`, method: isGet(kind) ? 'GET' : 'POST', path, body, kind })),
  ),
  ...all
    .filter((kind) => kind.startsWith('fetch, cors, as JSON'))
    .map((kind) => ({ name: `${kind}: PATCH /auth/me`, method: 'PATCH', path: '/auth/me', body: rename, kind })),
  ...all.filter(isGet).map((kind) => ({ name: `${kind}: /auth/me`, method: 'GET', path: '/auth/me', body: '', kind })),
]

const isSimple = ({ kind }: Attack) => kinds[kind].simple

/** Runs every attack, and checks that none changes users, sessions or the cookies of the victim. Returns the requests that reached the server. */
export async function attackAll(
  t: Test,
  { sites, context, page }: { sites: Sites; context: BrowserContext; page: Page },
) {
  const state = async () => ({ ...(await dump(sites.node)), cookies: await cookiesOf(context, sites) })
  const before = await state()
  const reached: Exchange[] = []
  for (const attack of attacks) {
    const { sent, read } = await run(page, sites, attack)
    t.equal(
      sent.length,
      isSimple(attack) ? 1 : 0,
      `${attack.name}: ${isSimple(attack) ? 'sent' : 'stopped by the browser'}`,
    )
    t.equal(read, null, `${attack.name}: nothing to read`)
    t.same(await state(), before, `${attack.name}: no change`)
    t.notOk(
      sent.some(({ setCookie }) => setCookie.length > 0),
      `${attack.name}: no cookie`,
    )
    reached.push(...sent)
  }
  return reached
}

let count = 0

/** Runs one attack on a page of the attacker. Returns the requests that reached the server, and what the page could read. */
async function run(page: Page, sites: Sites, attack: Attack): Promise<{ sent: Exchange[]; read: string | null }> {
  const mark = `attack=${++count}.`
  const { method, path, body, kind } = attack
  // A form that navigates gets its own tab.
  const tab = kind === 'form in the whole tab' ? await page.context().newPage() : page
  if (tab !== page) await tab.goto(page.url())
  const read = await tab.evaluate(shoot, { url: `${sites.api}${path}?${mark}`, method, body, kind })
  const sent = await sites.reached(mark)
  if (tab !== page) await tab.close()
  return { sent: sent.filter((exchange) => exchange.method !== 'OPTIONS'), read }
}

/** Runs in the browser, so it can use only its parameters. */
async function shoot({ url, method, body, kind }: Shot): Promise<string | null> {
  const add = <Tag extends keyof HTMLElementTagNameMap>(tag: Tag, given: Partial<HTMLElementTagNameMap[Tag]>) =>
    document.body.appendChild(Object.assign(document.createElement(tag), given))
  const submit = (enctype: string, target: string) => {
    const form = add('form', { action: url, method: 'post', enctype, target })
    const fields: Record<string, string> = JSON.parse(body)
    // The members of the JSON, or for text/plain the JSON itself, cut where the "=" will stand.
    const cut = body.includes('="}') ? body.lastIndexOf('="}') : 1
    const pairs = enctype === 'text/plain' ? [[body.slice(0, cut), body.slice(cut + 1)]] : Object.entries(fields)
    for (const [name = '', value = ''] of pairs) form.append(hidden(name, value))
    form.submit()
  }
  const hidden = (name: string, value: string) => Object.assign(document.createElement('input'), { name, value })
  const ask = async (init: RequestInit): Promise<string | null> => {
    const answer = await fetch(url, { method, credentials: 'include', ...init }).catch(() => null)
    return (await answer?.text()) || null
  }
  const json = { 'content-type': 'application/json' }
  const mode = { 'x-auth-mode': 'cookie' }

  if (kind === 'form in the whole tab') submit('text/plain', '_self')
  else if (kind === 'form in a sandbox, with a null origin') {
    const inner = `<form action="${url}" method="post"></form><script>document.forms[0].submit()</script>`
    add('iframe', { srcdoc: inner }).setAttribute('sandbox', 'allow-forms allow-scripts')
  } else if (kind.startsWith('form')) {
    const enctypes = { url: 'application/x-www-form-urlencoded', mul: 'multipart/form-data', tex: 'text/plain' }
    const name = `sink-${url}`
    add('iframe', { name })
    submit(enctypes[kind.slice(6, 9) as 'url' | 'mul' | 'tex'], name)
  } else if (kind === 'fetch, no-cors') return ask({ mode: 'no-cors', body })
  else if (kind === 'fetch, no-cors, with the header')
    return ask({ mode: 'no-cors', body, headers: { ...json, ...mode } })
  else if (kind === 'fetch, no-cors, nothing in it') return ask({ mode: 'no-cors' })
  else if (kind === 'fetch, cors, as text') return ask({ body })
  else if (kind === 'fetch, cors, as JSON') return ask({ body, headers: json })
  else if (kind === 'fetch, cors, as JSON with the header') return ask({ body, headers: { ...json, ...mode } })
  else if (kind === 'beacon, as text') navigator.sendBeacon(url, body)
  else if (kind === 'beacon, as JSON') navigator.sendBeacon(url, new Blob([body], { type: json['content-type'] }))
  else if (kind === 'image') add('img', { src: url })
  else if (kind === 'frame') add('iframe', { src: url })
  else if (kind === 'script') add('script', { src: url })
  return null
}
