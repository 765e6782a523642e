/** GET /verify-email, /change-email and /reset-password: the built-in pages. They change nothing; see page-files.ts. */
import type { FastifyReply } from 'fastify'
import type { App } from '../http/server.ts'
import { pageHtml, pageScript, pageStyle, pages } from './link-pages.ts'

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; " +
  "form-action 'none'; frame-ancestors 'none'"

/** For everybody, where the settings name no pages of the operator's own. */
export function pageRoutes(app: App): void {
  const serve = (url: string, type: string, content: string) => {
    const send = (_request: unknown, reply: FastifyReply) =>
      reply.type(type).header('content-security-policy', policy).send(content)
    app.route({ method: 'GET', url, schema: { hide: true }, handler: send })
  }
  for (const [path, page] of Object.entries(pages)) serve(path, 'text/html; charset=utf-8', pageHtml(page))
  serve('/pages/page.js', 'text/javascript; charset=utf-8', pageScript)
  serve('/pages/page.css', 'text/css; charset=utf-8', pageStyle)
}
