/** Debian's Chromium, headless. `*.test` leads to this machine, and its requests and errors are recorded. */
/// <reference lib="dom" />
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium } from 'playwright-core'
import type { Test } from 'tap'

const executablePath = '/usr/bin/chromium'

/** The reason to skip browser tests, for `skip` of tap. In CI they are never skipped, so they fail there without a browser. */
export const skip =
  existsSync(executablePath) || process.env['CI'] ? false : `no ${executablePath} (apt-get install chromium)`

type Options = {
  /** A home directory whose certificate authority the browser trusts. See authority.ts. */
  home?: string
  thirdPartyCookies?: 'allowed' | 'blocked'
  /** The directories of extensions that the browser loads. */
  extensions?: readonly string[]
}

/** Opens a browser with an empty profile until the test ends, and records what happens on its pages. */
export async function openBrowser(
  t: Pick<Test, 'teardown'>,
  { home, thirdPartyCookies = 'blocked', extensions = [] }: Options = {},
): Promise<{ context: BrowserContext; record: ReturnType<typeof watch> }> {
  const profile = await mkdtemp(join(tmpdir(), 'countersign-profile-'))
  t.teardown(() => rm(profile, { recursive: true, force: true, maxRetries: 5 }))
  const blocked = thirdPartyCookies === 'blocked'
  const preferences = { profile: { cookie_controls_mode: blocked ? 1 : 0, block_third_party_cookies: blocked } }
  await mkdir(join(profile, 'Default'))
  await writeFile(join(profile, 'Default', 'Preferences'), JSON.stringify(preferences))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    timeout: 120_000,
    args: [
      '--no-sandbox',
      '--disable-dev-shm-usage',
      '--disable-background-networking',
      '--host-resolver-rules=MAP *.test 127.0.0.1',
      ...(extensions.length > 0 ? [`--load-extension=${extensions.join()}`] : []),
    ],
    ...(extensions.length > 0 ? { ignoreDefaultArgs: ['--disable-extensions'] } : {}),
    viewport: { width: 1280, height: 1000 },
    ...(home === undefined ? {} : { env: { ...process.env, HOME: home } }),
  })
  t.teardown(() => context.close())
  context.setDefaultTimeout(90_000)
  return { context, record: watch(context) }
}

/** Every origin that the pages requested, and every error: uncaught, on the console, or a violation of a policy. */
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
