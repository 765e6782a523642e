/** The script of the reference page: the form to sign in, and Swagger UI, whose requests carry the sign-in. */
/// <reference lib="dom" />
import { createSession, type Mode } from './session.ts'

type Sent = { url: string; method?: string; headers: Record<string, string>; body?: unknown; credentials?: string }
/** The text is a Blob if the answer has no type. */
type Received = { url: string; status: number; text?: unknown }
declare const SwaggerUIBundle: (options: Record<string, unknown>) => unknown

// This script is at docs/static/reference.js.
const server = new URL('../../', import.meta.url).href
const find = (selector: string) => document.querySelector(selector) as HTMLElement

const form = find('#sign-in') as HTMLFormElement
const session = createSession(server, show)
const chosenMode = () => new FormData(form).get('mode') as Mode
let specification = ''

function say(text: string): void {
  find('#sign-in-status').textContent = text
}

function show(): void {
  form.hidden = session.signedIn
  find('#signed-in').hidden = !session.signedIn
  find('#signed-in-mode').textContent = session.mode
}

/** The sentences of an error that may be shown to a user. */
function explain(body: Record<string, unknown>): string {
  const errors = (body['errors'] ?? []) as { path: string; message: string }[]
  const members = errors.map(({ path, message }) => `${path.slice(1)} ${message}.`)
  return [body['detail'], ...members].filter(Boolean).join(' ')
}

async function signIn(action: string): Promise<void> {
  const { email, password } = Object.fromEntries(new FormData(form))
  session.reset(chosenMode())
  const { status, body } = await session.send('POST', `auth/${action}`, { email, password })
  if (session.signedIn) {
    const input = find('#password') as HTMLInputElement
    input.value = ''
    await greet()
  } else if (status < 300)
    say('Not yet signed in. Open the link in the mail, or go on with the answer of the server below.')
  else say(explain(body))
  show()
}

async function greet(): Promise<void> {
  const { body } = await session.send('GET', 'auth/me')
  find('#signed-in-user').textContent = typeof body['email'] === 'string' ? body['email'] : 'a user without an email'
  say('Signed in. Every request below carries the sign-in.')
}

/** Finds the sign-in that the cookies of the browser still hold, after the page was loaded again. */
async function recover(): Promise<void> {
  session.reset('cookie')
  const { body } = await session.send('GET', 'auth/session')
  // A refresh tells when the new access token expires, which the status does not.
  if (body['status'] !== 'signed_out') await session.refresh()
  if (session.signedIn) await greet()
  else session.reset(chosenMode())
}

/** Runs an action of a button, one at a time, and says when the server cannot be reached. */
function run(action: () => Promise<void>): void {
  const buttons = [...document.querySelectorAll<HTMLButtonElement>('.sign-in button')]
  for (const button of buttons) button.disabled = true
  say('')
  action()
    .catch(() => say('The server did not answer. Try again.'))
    .finally(() => {
      for (const button of buttons) button.disabled = false
    })
}

form.addEventListener('submit', (event) => {
  event.preventDefault()
  run(() => signIn((event.submitter as HTMLButtonElement).value))
})
form.addEventListener('change', ({ target }) => {
  if ((target as HTMLInputElement).name === 'mode') session.reset(chosenMode())
})
find('#show-password').addEventListener('click', ({ currentTarget }) => {
  const input = find('#password') as HTMLInputElement
  input.type = input.type === 'password' ? 'text' : 'password'
  ;(currentTarget as HTMLElement).setAttribute('aria-pressed', String(input.type === 'text'))
})
find('#refresh').addEventListener('click', () =>
  run(async () => {
    const { status, body } = await session.refresh()
    say(status < 300 ? 'Refreshed. The requests below carry the new access token.' : explain(body))
  }),
)
find('#sign-out').addEventListener('click', () =>
  run(async () => {
    const { refreshToken } = session
    const { status, body } = await session.send(
      'POST',
      'auth/logout',
      refreshToken ? { refresh_token: refreshToken } : {},
    )
    say(status < 300 ? 'Signed out.' : explain(body))
  }),
)

const pathOf = (url: string) => url.slice(server.length).split('?', 1)[0] ?? ''
const takesRefreshToken = (url: string) => ['auth/refresh', 'auth/logout'].includes(pathOf(url))

/**
 * The body with the refresh token of the session in the place of an example, or without the example in cookie mode. A token that the user
 * typed stays.
 */
function withRefreshToken(body: unknown): string {
  const members = JSON.parse(typeof body === 'string' && body !== '' ? body : '{}') as Record<string, unknown>
  const { refresh_token: given, ...others } = members
  const isExample = given === undefined || specification.includes(JSON.stringify(given))
  if (!isExample) return JSON.stringify(members)
  const { mode, refreshToken } = session
  return JSON.stringify(mode === 'bearer' && refreshToken ? { ...others, refresh_token: refreshToken } : others)
}

async function carrySignIn(request: Sent): Promise<Sent> {
  const { url, headers } = request
  const isChosen = Object.keys(headers).some((name) => /^(authorization|x-auth-mode)$/i.test(name))
  // A credential or a mode that the user gave to Swagger UI goes before the sign-in of the page.
  if (!url.startsWith(server) || pathOf(url).startsWith('docs/') || isChosen) return request
  if (pathOf(url) !== 'auth/refresh') await session.freshen()
  const { mode, accessToken, signedIn } = session
  request.credentials = mode === 'cookie' ? 'same-origin' : 'omit'
  headers['X-Auth-Mode'] = mode
  if (mode === 'bearer' && accessToken) headers['Authorization'] = `Bearer ${accessToken}`
  if ((signedIn || mode === 'cookie') && takesRefreshToken(url)) {
    request.body = withRefreshToken(request.body)
    headers['Content-Type'] = 'application/json'
  }
  return request
}

function keepTokens(response: Received): Received {
  const { url, status } = response
  const text = typeof response.text === 'string' ? response.text : ''
  if (pathOf(url) === 'docs/json') specification = text
  else if (url.startsWith(server)) {
    const body: unknown = text.startsWith('{') ? JSON.parse(text) : {}
    const was = session.signedIn
    session.adopt(pathOf(url), { status, body: body as Record<string, unknown> })
    if (session.signedIn && !was) void greet()
  }
  return response
}

/** Swagger UI gives these no label. */
const labels: readonly (readonly [selector: string, label: string])[] = [
  ['textarea.body-param__text', 'Request body'],
  ['select.examples-select-element', 'Example'],
  ['.parameters-col_description > select', 'Value of the parameter'],
]
new MutationObserver(() => {
  for (const [selector, label] of labels) {
    for (const element of document.querySelectorAll(`${selector}:not([aria-label])`))
      element.setAttribute('aria-label', label)
  }
}).observe(find('#swagger-ui'), { childList: true, subtree: true })

run(recover)

const dark = matchMedia('(prefers-color-scheme: dark)')
const paint = () => document.documentElement.classList.toggle('dark-mode', dark.matches)
dark.addEventListener('change', paint)
paint()

SwaggerUIBundle({
  url: `${server}docs/json`,
  dom_id: '#swagger-ui',
  layout: 'BaseLayout',
  deepLinking: true,
  persistAuthorization: false,
  defaultModelsExpandDepth: 0,
  requestInterceptor: carrySignIn,
  responseInterceptor: keepTokens,
})
