/** Debian's Chromium, driven as a person would: headless, `*.test` is this machine, and what it did is on record. */
/// <reference lib="dom" />
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium } from 'playwright-core'
import type { Test } from 'tap'

const executablePath = '/usr/bin/chromium'

/** For tap's `skip`: why no browser test can run here. In CI they run come what may, and without a browser they fail. */
export const skip =
  existsSync(executablePath) || process.env['CI'] ? false : `no ${executablePath} (apt-get install chromium)`

type Options = {
  /** Whose certificates the browser trusts: a home directory, see authority.ts. */
  home?: string
  thirdPartyCookies?: 'allowed' | 'blocked'
}

/** A browser with an empty profile, open until the test ends, and a record of what happens on its pages. */
export async function openBrowser(
  t: Pick<Test, 'teardown'>,
  { home, thirdPartyCookies = 'blocked' }: Options = {},
): Promise<{ context: BrowserContext; record: ReturnType<typeof watch> }> {
  const profile = await mkdtemp(join(tmpdir(), 'countersign-profile-'))
  t.teardown(() => rm(profile, { recursive: true, force: true, maxRetries: 5 }))
  const blocked = thirdPartyCookies === 'blocked'
  const preferences = { profile: { cookie_controls_mode: blocked ? 1 : 0, block_third_party_cookies: blocked } }
  await mkdir(join(profile, 'Default'))
  await writeFile(join(profile, 'Default', 'Preferences'), JSON.stringify(preferences))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-dev-shm-usage',
      '--disable-background-networking',
      '--host-resolver-rules=MAP *.test 127.0.0.1',
    ],
    viewport: { width: 1280, height: 1000 },
    ...(home === undefined ? {} : { env: { ...process.env, HOME: home } }),
  })
  t.teardown(() => context.close())
  context.setDefaultTimeout(30_000)
  return { context, record: watch(context) }
}

/** Every origin the pages asked anything of, and every error: uncaught, written to the console, or a policy's refusal. */
function watch(context: BrowserContext) {
  const origins = new Set<string>()
  const errors: string[] = []
  context.on('request', (request) => {
    const { protocol, origin } = new URL(request.url())
    if (protocol !== 'data:' && protocol !== 'blob:') origins.add(origin)
  })
  context.on('requestfailed', (request) => errors.push(`${request.url()} ${request.failure()?.errorText}`))
  context.on('weberror', (error) => errors.push(String(error.error())))
  // Chromium reports a refusal of the Content-Security-Policy as a console error.
  context.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') errors.push(message.text())
  })
  return { origins, errors }
}
