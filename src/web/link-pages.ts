/**
 * The built-in pages for links in mails, for operators without pages of their own. The token is behind the `#`, so browsers send it only
 * in the body of the request that uses it. A page does nothing before its button is pressed, because mail scanners open links, and
 * some of them run scripts.
 */
import { escapeHtml } from '../http/html.ts'
import { type Brand, pageHtml } from './page.ts'

export type LinkPage = {
  readonly title: string
  readonly intro: string
  readonly button: string
  readonly done: string
} & (
  | { readonly posts: '/auth/email/verify'; readonly password?: 'of the registration' }
  | { readonly posts: '/auth/password/reset'; readonly password: 'new' }
)

/** The pages by path. */
export const pages: Readonly<Record<string, LinkPage>> = {
  '/open-account': {
    title: 'Open your account',
    intro: 'Enter the password that you chose when you registered.',
    button: 'Open the account',
    done: 'Your account is open. You can sign in now.',
    posts: '/auth/email/verify',
    password: 'of the registration',
  },
  '/verify-email': {
    title: 'Confirm your email address',
    intro: 'Press the button to confirm that this email address is yours.',
    button: 'Confirm',
    done: 'Your email address is confirmed. You can sign in with it.',
    posts: '/auth/email/verify',
  },
  '/change-email': {
    title: 'Use a new email address',
    intro: 'Press the button to use this email address for your account from now on.',
    button: 'Use this address',
    done: 'Your email address was changed.',
    posts: '/auth/email/verify',
  },
  '/reset-password': {
    title: 'Choose a new password',
    intro: 'Choose a new password for your account. You will be signed out on every device.',
    button: 'Set the password',
    done: 'Your password was changed. You can sign in with it now.',
    posts: '/auth/password/reset',
    password: 'new',
  },
}

export type AboutAccounts = {
  /** The fewest characters of a new password. */
  readonly passwordMinLength: number
  /** The app that users come from, which the page leads back to. */
  readonly appHome: string | undefined
}

const secret = (label: string, autocomplete: string, hint = '') =>
  `<p><label for="password">${label}</label><span class="secret">
<input id="password" type="password" autocomplete="${autocomplete}" required maxlength="256"${hint && ' aria-describedby="hint"'}>
<button id="show" class="plain" type="button" aria-controls="password" aria-pressed="false">Show</button></span></p>
${hint}`

const rules = (minLength: number) =>
  `At least ${minLength} characters. A common password, a sequence, or the name of this service is not accepted. A few words that do ` +
  'not belong together are a good choice.'

const passwordFields = (minLength: number) => ({
  new: secret('New password', 'new-password', `<p id="hint" class="hint">${rules(minLength)}</p>`),
  'of the registration': `${secret('Password', 'current-password')}
<p><label class="choice"><input id="another" type="checkbox" aria-describedby="hint"> This is another password than the one that I chose.
Use it from now on.</label></p>
<p id="hint" class="hint" hidden>${rules(minLength)}</p>`,
})

/** The page. It holds nothing of the request. */
export const linkPage = (
  brand: Brand,
  { title, intro, button, done, posts, password }: LinkPage,
  { passwordMinLength, appHome }: AboutAccounts,
): string =>
  pageHtml(brand, {
    title,
    head: `<script type="module" src="${brand.base}pages/link-page.js"></script>`,
    body: `<h1>${title}</h1>
<form data-posts="${posts}" data-done="${done}">
<p>${intro}</p>
${password ? passwordFields(passwordMinLength)[password] : ''}
<p><button disabled>${button}</button></p>
</form>
<p id="result" role="status"></p>
${appHome === undefined ? '' : `<p id="back" hidden><a class="button" href="${escapeHtml(appHome)}">Go to the app</a></p>`}
<noscript><p>This page needs JavaScript.</p></noscript>`,
  })
