/** A page of an app that uses passkeys by the functions of the browser, and the virtual authenticators of Chromium. */
/// <reference lib="dom" />
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BrowserContext, CDPSession, Page } from 'playwright-core'
import type { Sites } from './sites.ts'

export type Answer = { status: number; body: Record<string, never> & { [name: string]: unknown } }

/** Serves @simplewebauthn/browser under /webauthn/ on every host of this browser. */
export async function serveLibrary(context: BrowserContext): Promise<void> {
  await context.route('**/webauthn/**', async (route) => {
    const path = new URL(route.request().url()).pathname.replace(/^\/webauthn\//, '')
    const text = await readFile(join('node_modules/@simplewebauthn/browser/esm', path), 'utf8')
    await route.fulfill({ contentType: 'text/javascript', body: text })
  })
}

/** Sends a request in bearer mode, as the app would. */
export const ask = (page: Page, api: string, path: string, body?: unknown, token?: string): Promise<Answer> =>
  page.evaluate(
    async ([url, json, bearer]) => {
      const response = await fetch(url, {
        method: 'POST',
        credentials: 'omit',
        headers: {
          'x-auth-mode': 'bearer',
          ...(json === undefined ? {} : { 'content-type': 'application/json' }),
          ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
        },
        ...(json === undefined ? {} : { body: json }),
      })
      return { status: response.status, body: await response.json() }
    },
    [`${api}${path}`, body === undefined ? undefined : JSON.stringify(body), token] as const,
  )

/** Makes a passkey by the options, with the functions of the browser. Returns the JSON of the credential, or the name of the error. */
export const create = (page: Page, options: unknown): Promise<unknown> =>
  page.evaluate(async (json) => {
    try {
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(json as PublicKeyCredentialCreationOptionsJSON)
      return ((await navigator.credentials.create({ publicKey })) as PublicKeyCredential).toJSON()
    } catch (error) {
      return (error as Error).name
    }
  }, options)

/** Uses a passkey by the options. */
export const get = (page: Page, options: unknown): Promise<unknown> =>
  page.evaluate(async (json) => {
    try {
      const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(json as PublicKeyCredentialRequestOptionsJSON)
      return ((await navigator.credentials.get({ publicKey })) as PublicKeyCredential).toJSON()
    } catch (error) {
      return (error as Error).name
    }
  }, options)

/** Opens a page of the app, and a session for the virtual authenticators. */
export async function openPasskeyPage(context: BrowserContext, { origin }: Sites, host = 'app.example.test') {
  const page = await context.newPage()
  await page.goto(`${origin(host)}/empty`)
  const cdp = await context.newCDPSession(page)
  await cdp.send('WebAuthn.enable', { enableUI: false })
  return { page, cdp }
}

type Kind = { readonly resident: boolean; readonly verifies: boolean; readonly synced?: boolean }

/** Adds an authenticator that confirms everything at once. Returns its id. */
export async function addAuthenticator(cdp: CDPSession, { resident, verifies, synced = false }: Kind): Promise<string> {
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: resident ? 'internal' : 'usb',
      hasResidentKey: resident,
      hasUserVerification: verifies,
      isUserVerified: verifies,
      automaticPresenceSimulation: true,
      defaultBackupEligibility: synced,
      defaultBackupState: synced,
    },
  })
  return authenticatorId
}

/**
 * Whether the page finds that the browser can offer passkeys in a field. The virtual authenticators confirm such an offer at once, so a test that
 * presses a button switches it off before the login form is shown.
 */
export const offersInFields = (page: Page, offers: boolean): Promise<void> =>
  page.evaluate((answer) => {
    PublicKeyCredential.isConditionalMediationAvailable = async () => answer
  }, offers)

export const credentialsOf = async (cdp: CDPSession, authenticatorId: string) =>
  (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials
