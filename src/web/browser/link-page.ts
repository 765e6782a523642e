/** The script of the pages for links in mails. */
/// <reference lib="dom" />

const find = (selector: string) => document.querySelector<HTMLElement>(selector)

const form = find('form') as HTMLFormElement
const button = form.querySelector('button:not([type])') as HTMLButtonElement
const password = find('#password') as HTMLInputElement | null
const another = find('#another') as HTMLInputElement | null
const result = find('#result') as HTMLElement

const { posts = '', done = '' } = form.dataset
const resets = posts === '/auth/password/reset'
const token = new URLSearchParams(location.hash.slice(1)).get('token')
// This script is at pages/link-page.js.
const server = new URL('../', import.meta.url)

type Problem = { code: string; detail: string; errors?: { message: string }[] }

function say(text: string, isProblem = true): void {
  result.className = isProblem ? 'problem' : ''
  result.textContent = text
}

function finish(text: string, isProblem = true): void {
  form.hidden = true
  say(text, isProblem)
}

async function send(): Promise<void> {
  const response = await fetch(new URL(posts.slice(1), server), {
    method: 'POST',
    // The token is enough. Only a new password is sent in cookie mode, so that this browser becomes a trusted device.
    credentials: resets ? 'same-origin' : 'omit',
    headers: { 'Content-Type': 'application/json', ...(resets ? { 'X-Auth-Mode': 'cookie' } : {}) },
    body: JSON.stringify({
      token,
      ...(password ? { [another?.checked ? 'new_password' : 'password']: password.value } : {}),
    }),
  })
  if (response.ok) {
    // The used link is removed from the history.
    history.replaceState(null, '', location.pathname)
    finish(done, false)
    const back = find('#back')
    if (back) back.hidden = false
    return
  }
  const { code, detail, errors = [] } = (await response.json()) as Problem
  const isOver = ['invalid_one_time_token', 'email_taken', 'signup_closed'].includes(code)
  if (isOver) return finish(detail)
  say(errors.map(({ message }) => `It ${message}.`).join(' ') || detail)
  if (password) {
    password.setAttribute('aria-invalid', 'true')
    password.focus()
  }
}

form.addEventListener('submit', (event) => {
  event.preventDefault()
  button.disabled = true
  say('')
  password?.removeAttribute('aria-invalid')
  send()
    .catch(() => say('The server did not answer. Try again.'))
    .finally(() => {
      button.disabled = false
    })
})

find('#show')?.addEventListener('click', ({ currentTarget }) => {
  if (!password) return
  const isShown = password.type === 'password'
  password.type = isShown ? 'text' : 'password'
  ;(currentTarget as HTMLElement).setAttribute('aria-pressed', String(isShown))
  ;(currentTarget as HTMLElement).textContent = isShown ? 'Hide' : 'Show'
})

another?.addEventListener('change', () => {
  const hint = find('#hint')
  if (hint) hint.hidden = !another.checked
})

if (token) button.disabled = false
else finish('This link is not complete. Copy all of it from the mail.')
// The user may open a second link in the same tab.
addEventListener('hashchange', () => location.reload())
