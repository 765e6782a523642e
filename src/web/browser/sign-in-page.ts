/** The script of the page for the link of a sign-in by mail. */
/// <reference lib="dom" />

type Pending = { device: string; ip: string; requested_at: string; same_browser: boolean }
type Problem = { code: string; detail: string }

const element = (id: string) => document.querySelector(`#${id}`) as HTMLElement

const form = document.forms[0] as HTMLFormElement
const button = form.querySelector('button') as HTMLButtonElement
const number = element('number') as HTMLInputElement
const token = new URLSearchParams(location.hash.slice(1)).get('token')

function say(text: string, isProblem = true): void {
  const result = element('result')
  result.className = isProblem ? 'problem' : ''
  result.textContent = text
}

function finish(text: string, isProblem = true): void {
  form.hidden = true
  say(text, isProblem)
}

// This script is at pages/sign-in-page.js. In cookie mode, the cookie of the sign-in tells whether this browser asked for it.
const post = (path: string, body: object) =>
  fetch(new URL(`../auth/login/email/${path}`, import.meta.url), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Auth-Mode': 'cookie' },
    body: JSON.stringify({ token, ...body }),
  })

/** Shows what the user is asked to approve. */
async function show(): Promise<void> {
  const response = await post('inspect', {})
  if (!response.ok) return finish(((await response.json()) as Problem).detail)
  const { device, ip, requested_at: requestedAt, same_browser: isHere } = (await response.json()) as Pending
  element('device').textContent = device
  element('ip').textContent = ip
  const asked = element('asked') as HTMLTimeElement
  asked.dateTime = requestedAt
  asked.textContent = new Date(requestedAt).toLocaleString('en-GB', { dateStyle: 'long', timeStyle: 'short' })
  element('elsewhere').hidden = isHere
  element('here').hidden = !isHere
  number.disabled = isHere
  form.hidden = false
  button.disabled = false
}

async function approve(): Promise<void> {
  const response = await post('approve', number.disabled ? {} : { number: number.value })
  if (response.ok) {
    // The used link is removed from the history.
    history.replaceState(null, '', location.pathname)
    return finish(
      number.disabled
        ? 'Go back to the page where you sign in.'
        : 'The device is being signed in. You can close this page.',
      false,
    )
  }
  const { code, detail } = (await response.json()) as Problem
  if (code === 'invalid_one_time_token') return finish(detail)
  say(detail)
  if (code !== 'wrong_number') return
  number.setAttribute('aria-invalid', 'true')
  number.select()
}

const noAnswer = () => say('The server did not answer. Try again.')

form.addEventListener('submit', (event) => {
  event.preventDefault()
  button.disabled = true
  say('')
  number.removeAttribute('aria-invalid')
  approve()
    .catch(noAnswer)
    .finally(() => {
      button.disabled = false
    })
})

if (token) show().catch(noAnswer)
else finish('This link is not complete. Copy all of it from the mail.')
// The user may open a second link in the same tab.
addEventListener('hashchange', () => location.reload())
