/**
 * GET /open-account, /verify-email, /change-email and /reset-password, the pages that links in mails lead to; GET /dev/mailbox; and the
 * files under /.well-known that belong to phone apps.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../errors.ts'
import { isDirectAndLocal } from '../http/direct-request.ts'
import type { App } from '../http/server.ts'
import { type AndroidApp, androidAssetLinks, appleAssociation } from './app-links.ts'
import { pageHtml, pageScript, pageStyle, pages } from './link-pages.ts'
import { type MailboxMail, mailboxPage } from './mailbox-page.ts'

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

const mailboxPolicy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/**
 * GET /dev/mailbox, in development only: the mails that would have been sent, as a page, or as JSON for a client that accepts
 * JSON. Only this machine may read it, and no other page, because the mails contain links that sign users in. Everybody else gets
 * `not_found`.
 */
export function devMailboxRoute(app: App, { mails }: { mails: () => readonly MailboxMail[] }): void {
  app.route({ method: 'GET', url: '/dev/mailbox', schema: { hide: true }, handler: onMailbox })

  function onMailbox(request: FastifyRequest, reply: FastifyReply) {
    // A browser sends an Origin here only if a page of another origin asks. CORS lets the developer's own pages read every other path.
    const asksForAnotherPage = request.headers.origin !== undefined
    if (asksForAnotherPage || !isDirectAndLocal(request)) throw new AppError('not_found')
    if (request.headers.accept?.includes('application/json')) {
      const shown = mails().map(({ id, kind, to, subject, text, at }) => ({ id, kind, to, subject, text, at }))
      return reply.type('application/json').send(JSON.stringify({ mails: shown }))
    }
    return reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', mailboxPolicy)
      .send(mailboxPage(mails()))
  }
}

type Apps = {
  readonly publicPath: string
  readonly appleAppIds: readonly string[]
  readonly androidApps: readonly AndroidApp[]
}

/**
 * GET /.well-known/apple-app-site-association and /.well-known/assetlinks.json, for the apps of the settings. Each is `not_found` without
 * an app of its kind. Apple and Google read them without following redirects.
 */
export function appLinkRoutes(app: App, { publicPath, appleAppIds, androidApps }: Apps): void {
  const serve = (file: string, content: object) => {
    // A text would get a charset, which JSON does not have (RFC 8259 §11).
    const bytes = Buffer.from(JSON.stringify(content))
    app.route({ method: 'GET', url: `/.well-known/${file}`, schema: { hide: true }, handler: onFile })
    function onFile(_request: FastifyRequest, reply: FastifyReply) {
      return reply.type('application/json').header('cache-control', 'public, max-age=3600').send(bytes)
    }
  }
  if (appleAppIds.length > 0) serve('apple-app-site-association', appleAssociation(appleAppIds, publicPath))
  if (androidApps.length > 0) serve('assetlinks.json', androidAssetLinks(androidApps))
}
