/**
 * The built-in page for the link of a sign-in by mail. It shows which device asked for the mail, and approves the sign-in of that device. It does
 * nothing before its button is pressed, and needs a number that stands on the device, because mail scanners open links, run scripts and
 * submit forms.
 */
import { escapeHtml } from '../http/html.ts'
import { type Brand, pageHtml } from './page.ts'

export const signInPath = '/sign-in'

/** The page. It holds nothing of the request. */
export const signInPage = (brand: Brand): string =>
  pageHtml(brand, {
    title: 'Sign in',
    head: `<script type="module" src="${brand.base}pages/sign-in-page.js"></script>`,
    body: `<h1>Sign in</h1>
<form hidden>
<p>A device asks to sign in to ${escapeHtml(brand.name)} with your email address:</p>
<dl>
<dt>Device</dt><dd id="device"></dd>
<dt>Address</dt><dd id="ip"></dd>
<dt>Asked at</dt><dd><time id="asked"></time></dd>
</dl>
<div id="elsewhere">
<p><label for="number">Number that the device shows</label>
<input id="number" class="short" inputmode="numeric" autocomplete="off" pattern="[0-9]{2}" maxlength="2" required aria-describedby="hint"></p>
<p id="hint" class="hint">Enter it only if you are signing in on that device yourself. If it is not yours, close this page. Nobody is signed
in then.</p>
</div>
<p id="here" hidden>You asked for it in this browser. If you did not, close this page.</p>
<p><button disabled>Sign in</button></p>
</form>
<p id="result" role="status"></p>
<noscript><p>This page needs JavaScript.</p></noscript>`,
  })
