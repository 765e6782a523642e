/**
 * The built-in pages for links in mails, for operators without pages of their own. The token is behind the `#`, so browsers send it only
 * in the body of the request that uses it. A page does nothing before its button is pressed, because mail scanners open links, and
 * some of them run scripts.
 */
type Page = { readonly title: string; readonly intro: string; readonly button: string; readonly done: string } & (
  | { readonly posts: '/auth/email/verify'; readonly password?: 'of the registration' }
  | { readonly posts: '/auth/password/reset'; readonly password: 'new' }
)

/** The pages by path. */
export const pages: Readonly<Record<string, Page>> = {
  '/open-account': {
    title: 'Open your account',
    intro: 'Enter the password that you chose when you registered.',
    button: 'Open the account',
    done: 'Your account is open. You can log in, and close this page.',
    posts: '/auth/email/verify',
    password: 'of the registration',
  },
  '/verify-email': {
    title: 'Confirm your email address',
    intro: 'Press the button to confirm that this email address is yours.',
    button: 'Confirm',
    done: 'Your email address is confirmed. You can log in, and close this page.',
    posts: '/auth/email/verify',
  },
  '/change-email': {
    title: 'Use a new email address',
    intro: 'Press the button to use this email address for your account from now on.',
    button: 'Use this address',
    done: 'Your email address was changed. You can close this page.',
    posts: '/auth/email/verify',
  },
  '/reset-password': {
    title: 'Choose a new password',
    intro: 'Choose a new password for your account. You will be signed out on every device.',
    button: 'Set the password',
    done: 'Your password was changed. You can log in with it now.',
    posts: '/auth/password/reset',
    password: 'new',
  },
}

const passwordFields = {
  new:
    '<p><label for="password">New password</label>' +
    '<input id="password" type="password" autocomplete="new-password" required maxlength="256"></p>',
  'of the registration':
    '<p><label for="password">Password</label>' +
    '<input id="password" type="password" autocomplete="current-password" required maxlength="256"></p>' +
    '<p><label><input id="another" type="checkbox"> This is another password than the one that I chose. Use it from now on.</label></p>',
}

/** The page. It holds nothing of the request. */
export const pageHtml = ({ title, intro, button, done, posts, password }: Page): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
<title>${title}</title>
<link rel="stylesheet" href="/pages/page.css">
<link rel="icon" href="data:,">
<script type="module" src="/pages/page.js"></script>
<main>
<h1>${title}</h1>
<form data-posts="${posts}" data-done="${done}">
<p>${intro}</p>
${password ? passwordFields[password] : ''}
<p><button disabled>${button}</button></p>
</form>
<p id="result" role="status"></p>
<noscript><p>This page needs JavaScript.</p></noscript>
</main>
</html>
`

export const pageScript = `const form = document.querySelector('form')
const button = form.querySelector('button')
const password = form.querySelector('#password')
const another = form.querySelector('#another')
const result = document.querySelector('#result')
const resets = form.dataset.posts === '/auth/password/reset'
const token = new URLSearchParams(location.hash.slice(1)).get('token')

function finish(text) {
  form.hidden = true
  result.textContent = text
}

async function send() {
  const response = await fetch(form.dataset.posts, {
    method: 'POST',
    // The token is enough. Only a new password is sent in cookie mode, so that this browser becomes a trusted device.
    credentials: resets ? 'same-origin' : 'omit',
    headers: { 'Content-Type': 'application/json', ...(resets ? { 'X-Auth-Mode': 'cookie' } : {}) },
    body: JSON.stringify({ token, ...(password ? { [another?.checked ? 'new_password' : 'password']: password.value } : {}) }),
  })
  if (response.ok) {
    // The used link is removed from the history.
    history.replaceState(null, '', location.pathname)
    return finish(form.dataset.done)
  }
  const problem = await response.json()
  const isOver = ['invalid_one_time_token', 'email_taken', 'signup_closed'].includes(problem.code)
  if (isOver) return finish(problem.detail)
  result.textContent = (problem.errors || []).map((error) => 'It ' + error.message + '.').join(' ') || problem.detail
}

form.addEventListener('submit', async (event) => {
  event.preventDefault()
  button.disabled = true
  result.textContent = ''
  try {
    await send()
  } catch {
    result.textContent = 'The server did not answer. Try again.'
  }
  button.disabled = false
})

if (token) button.disabled = false
else finish('This link is not complete. Copy all of it from the mail.')
// The user may open a second link in the same tab.
addEventListener('hashchange', () => location.reload())
`

export const pageStyle = `body { font: 1.1rem/1.5 system-ui, sans-serif; margin: 0; color: #1d2430; background: #f4f5f7 }
main { max-width: 28rem; margin: 10vh auto; padding: 2rem; background: #fff; border-radius: .5rem }
h1 { font-size: 1.4rem; margin-top: 0 }
label { display: block }
input, button { font: inherit; padding: .4rem .8rem; box-sizing: border-box }
input { width: 100% }
input[type=checkbox] { width: auto }
@media (prefers-color-scheme: dark) { body { color: #e6e8ec; background: #15181d } main { background: #20242b } }
`
