/**
 * GET /, the start page; GET /open-account, /verify-email, /change-email, /reset-password and /sign-in, the pages that links in mails lead to; GET /dev/mailbox; and the
 * files under /.well-known that belong to phone apps.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Config } from '../config/config.ts'
import { passkeyPlace, relatedOrigins } from '../config/passkey-origins.ts'
import { isWebOrigin } from '../config/spa-origins.ts'
import { cookieNames } from '../http/browser/cookie-names.ts'
import { isDirectAndLocal } from '../http/direct-request.ts'
import { asksForHtml } from '../http/html.ts'
import type { App } from '../http/server.ts'
import { type AndroidApp, androidAssetLinks, appleAssociation } from './app-links.ts'
import { browserScript } from './browser-script.ts'
import { homeLinks, homePage, type Shown } from './home-page.ts'
import { type AboutAccounts, linkPage, pages } from './link-pages.ts'
import { type MailboxMail, mailboxPage } from './mailbox-page.ts'
import { type Brand, brandOf, favicon, pagePolicy, pageStyle } from './page.ts'
import { referenceRoutes } from './reference/routes.ts'
import { signInPage, signInPath } from './sign-in-page.ts'

type Dependencies = {
  config: Config
  /** The mails of the development mailbox. Without it, there is no page for them. */
  mails: (() => readonly MailboxMail[]) | undefined
}

/** Every built-in page that the settings ask for, and the files that the pages use. */
export async function webRoutes(app: App, { config, mails }: Dependencies): Promise<void> {
  const { publicUrl, passwordMinLength } = config
  const brand = brandOf(config)
  designRoutes(app)
  homeRoute(app, { brand, docs: config.docs, mailbox: mails !== undefined })
  const cookieName = cookieNames({ publicUrl, accessDomain: config.cookieDomain })
  if (config.docs) await referenceRoutes(app, { brand, cookieName })
  const appHome = config.spaOrigins.map(({ origin }) => origin).find(isWebOrigin)
  if (config.appUrl === undefined) pageRoutes(app, { brand, passwordMinLength, appHome })
  if (mails) devMailboxRoute(app, { brand, mails })
  appLinkRoutes(app, config, relatedOrigins(passkeyPlace(config)))
}

type Branded = { readonly brand: Brand }

function servePage(
  app: App,
  url: string,
  type: string,
  content: string,
  { logo }: Pick<Brand, 'logo'> = { logo: undefined },
): void {
  const send = (_request: unknown, reply: FastifyReply) =>
    reply.type(type).header('content-security-policy', pagePolicy(logo)).send(content)
  app.route({ method: 'GET', url, schema: { hide: true }, handler: send })
}

/** GET /pages/page.css, /favicon.svg and /favicon.ico, which all pages use. */
function designRoutes(app: App): void {
  servePage(app, '/pages/page.css', 'text/css; charset=utf-8', pageStyle)
  // Browsers that ask for favicon.ico look at the type of the answer, not at the name.
  for (const url of ['/favicon.svg', '/favicon.ico']) servePage(app, url, 'image/svg+xml', favicon)
}

/** For everybody, where the settings name no pages of the operator's own. */
function pageRoutes(app: App, { brand, ...about }: Branded & AboutAccounts): void {
  for (const [path, page] of Object.entries(pages)) {
    servePage(app, path, 'text/html; charset=utf-8', linkPage(brand, page, about), brand)
  }
  servePage(app, signInPath, 'text/html; charset=utf-8', signInPage(brand), brand)
  for (const name of ['link-page', 'sign-in-page']) {
    app.route({ method: 'GET', url: `/pages/${name}.js`, schema: { hide: true }, handler: onScript })
    async function onScript(_request: unknown, reply: FastifyReply) {
      return reply.type('text/javascript; charset=utf-8').send(await browserScript(name))
    }
  }
}

/** GET /: what runs here, as a page for browsers, and as JSON for programs. */
function homeRoute(app: App, { brand, ...shown }: Branded & Shown): void {
  const html = homePage(brand, shown)
  const links = Object.entries(homeLinks(shown)).map(([name, path]) => [name, `${brand.base}${path}`])
  const json = Buffer.from(
    JSON.stringify({ name: brand.name, server: 'countersign', links: Object.fromEntries(links) }),
  )
  app.route({ method: 'GET', url: '/', schema: { hide: true }, handler: onHome })

  function onHome(request: FastifyRequest, reply: FastifyReply) {
    if (!asksForHtml(request)) return reply.type('application/json').send(json)
    return reply.type('text/html; charset=utf-8').header('content-security-policy', pagePolicy(brand.logo)).send(html)
  }
}

/**
 * GET /dev/mailbox, in development only: the mails that would have been sent, as a page, or as JSON for a client that accepts
 * JSON. Only this machine may read it, and no other page, because the mails contain links that sign users in. Everybody else gets
 * `not_found`.
 */
function devMailboxRoute(app: App, { brand, mails }: Branded & { mails: () => readonly MailboxMail[] }): void {
  app.route({ method: 'GET', url: '/dev/mailbox', schema: { hide: true }, handler: onMailbox })

  function onMailbox(request: FastifyRequest, reply: FastifyReply) {
    // A browser sends an Origin here only if a page of another origin asks. CORS lets the developer's own pages read every other path.
    const asksForAnotherPage = request.headers.origin !== undefined
    if (asksForAnotherPage || !isDirectAndLocal(request)) return reply.callNotFound()
    if (request.headers.accept?.includes('application/json')) {
      const shown = mails().map(({ id, kind, to, subject, text, at }) => ({ id, kind, to, subject, text, at }))
      return reply.type('application/json').send(JSON.stringify({ mails: shown }))
    }
    return reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', pagePolicy(brand.logo))
      .send(mailboxPage(brand, mails()))
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
function appLinkRoutes(app: App, { publicPath, appleAppIds, androidApps }: Apps, related: readonly string[]): void {
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
  if (related.length > 0) serve('webauthn', { origins: related })
}
