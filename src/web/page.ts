/** The frame that all built-in pages share: head, name and logo of the service, and one style sheet. */
import type { Config } from '../config/config.ts'
import { escapeHtml } from '../http/html.ts'

/** What the operator calls the service, and where its pages are. */
export type Brand = {
  readonly name: string
  /** The address of an image. */
  readonly logo: string | undefined
  /** The path of the server, with a slash at its end. */
  readonly base: string
}

/** The brand that the settings name. */
export const brandOf = ({
  appName,
  appLogo,
  publicPath,
}: Pick<Config, 'appName' | 'appLogo' | 'publicPath'>): Brand => ({
  name: appName,
  logo: appLogo,
  base: `${publicPath}/`,
})

type Page = {
  readonly title: string
  /** HTML. */
  readonly body: string
  /** More elements of the head. */
  readonly head?: string
  /** A page for long lines. */
  readonly wide?: boolean
  /** The body has a main element of its own. */
  readonly hasMain?: boolean
}

/** The whole page. Nothing of a request is in it, except where `body` has it. */
export const pageHtml = (
  { name, logo, base }: Brand,
  { title, body, head = '', wide = false, hasMain = false }: Page,
): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)} · ${escapeHtml(name)}</title>
<link rel="icon" href="${base}favicon.svg" type="image/svg+xml" sizes="any">
<link rel="stylesheet" href="${base}pages/page.css">
${head}
</head>
<body${wide ? ' class="wide"' : ''}>
<header class="brand">
<img src="${escapeHtml(logo ?? `${base}favicon.svg`)}" alt="" width="32" height="32">
<span>${escapeHtml(name)}</span>
</header>
<${hasMain ? 'div' : 'main'} class="${hasMain ? 'content' : 'content card'}">
${body}
</${hasMain ? 'div' : 'main'}>
</body>
</html>
`

/** The policy of a page. Scripts and styles are files of this server. An image may also come from the logo's address. */
export const pagePolicy = (logo: string | undefined): string => {
  const images = ["'self'", 'data:', ...(logo?.startsWith('https:') ? [new URL(logo).origin] : [])].join(' ')
  return (
    `default-src 'none'; script-src 'self'; style-src 'self'; img-src ${images}; connect-src 'self'; ` +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
  )
}

export const favicon =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#3b4151"/>' +
  '<path d="M9 17l5 5 9-12" fill="none" stroke="#fff" stroke-width="4"/></svg>'

export const pageStyle = `:root {
  color-scheme: light dark;
  --text: #1d2430; --quiet: #4c5563; --ground: #f4f5f7; --card: #fff; --line: #8a919c; --accent: #2a4bb0; --on-accent: #fff
}
@media (prefers-color-scheme: dark) {
  :root {
    --text: #e6e8ec; --quiet: #b4bac4; --ground: #15181d; --card: #20242b; --line: #7d8592; --accent: #a9bcff; --on-accent: #10131a
  }
}
* { box-sizing: border-box }
body { font: 1.05rem/1.5 system-ui, sans-serif; margin: 0; padding: 1rem; color: var(--text); background: var(--ground) }
.brand, .content { max-width: 30rem; margin: 0 auto }
.wide .brand, .wide .content { max-width: 70rem }
.brand { display: flex; align-items: center; gap: .75rem; padding: 1.5rem .25rem 1rem; font-weight: 600; overflow-wrap: anywhere }
.brand img { object-fit: contain }
.card { padding: 1.5rem; background: var(--card); border-radius: .75rem }
h1 { font-size: 1.45rem; line-height: 1.25; margin: 0 0 1rem }
h2 { font-size: 1.15rem; margin: 1.5rem 0 .5rem }
p { margin: .75rem 0 }
a { color: var(--accent) }
label, legend { font-weight: 600 }
fieldset { border: 0; margin: 0; padding: 0 }
input, button { font: inherit }
input:not([type=checkbox], [type=radio]) {
  width: 100%; padding: .55rem .7rem; color: inherit; background: transparent; border: 1px solid var(--line); border-radius: .4rem
}
button, .button {
  padding: .55rem 1rem; border: 1px solid var(--accent); border-radius: .4rem; cursor: pointer; font-weight: 600;
  color: var(--on-accent); background: var(--accent); text-decoration: none; display: inline-block
}
button.plain { color: var(--accent); background: transparent }
button:disabled { color: var(--quiet); background: transparent; border-color: var(--line); cursor: default }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
.secret { display: flex; gap: .5rem }
.choice { display: block; font-weight: 400 }
.hint, time { color: var(--quiet); font-size: .95rem }
.problem { font-weight: 600 }
input.short:not([type=checkbox]) { width: 5rem; display: block }
dl { display: grid; grid-template-columns: auto 1fr; gap: .25rem 1rem; margin: .75rem 0 }
dt { color: var(--quiet) }
dd { margin: 0; overflow-wrap: anywhere }
ul { padding-left: 1.25rem }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: .95rem/1.5 ui-monospace, monospace; margin: .5rem 0 }
code { font: .95em ui-monospace, monospace; overflow-wrap: anywhere }
article { border-top: 1px solid var(--line); padding-top: .5rem; margin-top: 1rem }
[hidden] { display: none !important }
`
