/** The start page, which says what runs here, and the page for an address at which there is nothing. */
import { escapeHtml } from '../http/html.ts'
import { type Brand, brandOf, pageHtml, pagePolicy } from './page.ts'

/** What a server shows beside its API. */
export type Shown = { readonly docs: boolean; readonly mailbox: boolean }

/** Paths of this server, by what they lead to, for programs. */
export const homeLinks = ({ docs, mailbox }: Shown): Readonly<Record<string, string>> => ({
  health: 'readyz',
  keys: '.well-known/jwks.json',
  metadata: '.well-known/oauth-authorization-server',
  ...(docs ? { docs: 'docs', openapi: 'openapi.yaml' } : {}),
  ...(mailbox ? { mailbox: 'dev/mailbox' } : {}),
})

const meanings: Readonly<Record<string, string>> = {
  docs: 'API reference, where you can try every request',
  openapi: 'The same as an OpenAPI document',
  mailbox: 'Mailbox with the mails that this server would have sent',
  health: 'Health of this node',
  metadata: 'Metadata for OAuth clients and services',
  keys: 'Public keys for services that verify access tokens',
}

/** The start page. */
export const homePage = (brand: Brand, shown: Shown): string => {
  const links = homeLinks(shown)
  const items = Object.keys(meanings)
    .filter((name) => name in links)
    .map((name) => `<li><a href="${brand.base}${links[name]}">${meanings[name]}</a></li>`)
  return pageHtml(brand, {
    title: 'Authentication server',
    body: `<h1>Authentication server of ${escapeHtml(brand.name)}</h1>
<p>Countersign runs here. It signs users in, and gives their apps access tokens.</p>
<ul>
${items.join('\n')}
</ul>`,
  })
}

/** The page for browsers that ask for something that does not exist, and its policy. */
export function notFoundPage(config: Parameters<typeof brandOf>[0]): {
  readonly html: string
  readonly policy: string
} {
  const brand = brandOf(config)
  const html = pageHtml(brand, {
    title: 'Not found',
    body: `<h1>There is nothing here</h1>
<p>Check the address. A link from a mail must be copied as a whole.</p>
<p><a href="${brand.base}">Go to the start page</a></p>`,
  })
  return { html, policy: pagePolicy(brand.logo) }
}
