/** The reference page: a form to sign in, and Swagger UI. */
import { escapeHtml } from '../../http/html.ts'
import { type Brand, pageHtml } from '../page.ts'

const signIn = `<section class="sign-in card" aria-labelledby="sign-in-title">
<h2 id="sign-in-title">Try the requests as a user</h2>
<form id="sign-in">
<div class="fields">
<p><label for="email">Email</label><input id="email" name="email" type="email" autocomplete="username" required maxlength="254"></p>
<p><label for="password">Password</label><span class="secret">
<input id="password" name="password" type="password" autocomplete="current-password" required maxlength="256">
<button id="show-password" class="plain" type="button" aria-pressed="false">Show</button></span></p>
</div>
<fieldset><legend>Mode</legend>
<label class="choice"><input type="radio" name="mode" value="bearer" checked> Bearer: this page keeps the tokens, in memory only</label>
<label class="choice"><input type="radio" name="mode" value="cookie"> Cookie: the browser keeps the tokens, out of reach of scripts</label>
</fieldset>
<p><button value="login">Sign in</button> <button class="plain" value="register">Register</button></p>
</form>
<div id="signed-in" hidden>
<p>Signed in as <strong id="signed-in-user"></strong> in <span id="signed-in-mode"></span> mode.</p>
<p><button id="refresh" class="plain" type="button">Refresh</button> <button id="sign-out" type="button">Sign out</button></p>
</div>
<p id="sign-in-status" role="status"></p>
</section>`

/** The page. The scripts do the rest. */
export const referencePage = (brand: Brand): string => {
  const files = `${brand.base}docs/static/`
  return pageHtml(brand, {
    title: 'API reference',
    wide: true,
    hasMain: true,
    head: `<link rel="stylesheet" href="${files}swagger-ui.css">
<link rel="stylesheet" href="${files}reference.css">
<script src="${files}swagger-ui-bundle.js" defer></script>
<script type="module" src="${files}reference.js"></script>`,
    body: `<section aria-labelledby="title">
<h1 id="title">API reference of ${escapeHtml(brand.name)}</h1>
<p>The same document for programs: <a href="${brand.base}openapi.yaml">openapi.yaml</a>.</p>
</section>
${signIn}
<noscript><p>This page needs JavaScript.</p></noscript>
<div id="swagger-ui"></div>`,
  })
}
