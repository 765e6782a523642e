/** GET /docs: the reference page, which loads nothing from other hosts; its files; and the document that it shows, as JSON. */
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import staticFiles from '@fastify/static'
import type { FastifyReply } from 'fastify'
import type { CookieKind } from '../../http/browser/cookie-names.ts'
import type { App } from '../../http/server.ts'
import { browserScript } from '../browser-script.ts'
import { type Brand, pagePolicy } from '../page.ts'
import { referencePage } from './reference-page.ts'
import { referenceStyle } from './reference-style.ts'

// Swagger UI. Its own package, swagger-ui-dist, runs a script at installation that reports to another host. This one does not.
const files = new Set(['swagger-ui.css', 'swagger-ui-bundle.js'])
const folder = dirname(fileURLToPath(import.meta.resolve('@fastify/swagger-ui/static/swagger-ui.css')))

type Dependencies = {
  brand: Brand
  /** The names of the cookies on this server. The document has those of a server on https. */
  cookieName: (kind: CookieKind) => string
}

/** Adds the reference page and its files. */
export async function referenceRoutes(app: App, { brand, cookieName }: Dependencies): Promise<void> {
  const serve = (url: string, type: string, content: () => string | Promise<string>) => {
    const handler = async (_request: unknown, reply: FastifyReply) =>
      reply
        .type(type)
        .header('content-security-policy', pagePolicy(brand.logo))
        .send(await content())
    app.route({ method: 'GET', url, schema: { hide: true }, handler })
  }
  const html = referencePage(brand)
  for (const url of ['/docs', '/docs/']) serve(url, 'text/html; charset=utf-8', () => html)
  serve('/docs/json', 'application/json', () =>
    JSON.stringify(app.swagger()).replaceAll(/__Host-Http-(access|refresh|device)/g, (_, kind) => cookieName(kind)),
  )
  serve('/docs/static/reference.css', 'text/css; charset=utf-8', () => referenceStyle)
  for (const name of ['reference', 'session']) {
    serve(`/docs/static/${name}.js`, 'text/javascript; charset=utf-8', () => browserScript(name))
  }
  await app.register(staticFiles, {
    root: folder,
    prefix: '/docs/static/',
    decorateReply: false,
    index: false,
    allowedPath: (path) => files.has(path.slice(1)),
  })
}
