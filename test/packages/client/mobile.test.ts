/** The example for React Native: its code runs here, on stand-ins for the modules of the phone. */
import { registerHooks } from 'node:module'
import t from 'tap'
import type { Client, FactorRequired, SignInResult } from '../../../packages/client/src/index.ts'
import { password } from '../../setup/client.ts'
import { until } from '../../setup/mail-server.ts'
import { startNode } from '../../setup/node.ts'
import { codeTo, mailsTo } from '../../setup/read-mails.ts'
import { codeFrom, forgetSteps } from '../../setup/totp.ts'
import { phone } from './expo/phone.ts'

// The modules of the phone are not installed here, so the types of the example are checked with its own installation.
type MailLink = { screen: 'verify' | 'reset'; token: string }
type Links = {
  readLink: (url: string) => MailLink | null
  onMailLink: (open: (link: MailLink) => void) => () => void
  verifyEmail: (link: MailLink) => Promise<void>
  resetPassword: (link: MailLink, password: string) => Promise<void>
}
type Factors = {
  proveByCode: (owed: FactorRequired, typed: string) => Promise<SignInResult>
  signInByMail: (email: string) => Promise<SignInResult>
  addApp: () => Promise<{ uri: string; secret: string; confirm: (code: string) => Promise<string[] | undefined> }>
}
type Background = { refreshInBackground: () => Promise<void> }

const here = (path: string) => new URL(path, import.meta.url).href
const hooks = registerHooks({
  resolve(specifier, context, next) {
    if (specifier.startsWith('expo-')) return { url: here('expo/phone.ts'), shortCircuit: true }
    if (specifier === '@countersign/client') return next(here('../../../packages/client/src/index.ts'), context)
    // Each start of the app has modules of its own.
    const start = /\?start=\d+$/.exec(context.parentURL ?? '')?.[0] ?? ''
    return next(specifier.startsWith('./') ? `${specifier}${start}` : specifier, context)
  },
})
t.teardown(() => {
  hooks.deregister()
  delete process.env['EXPO_PUBLIC_AUTH_URL']
  delete process.env['EXPO_PUBLIC_API_URL']
})

const node = await startNode(t, { env: { LINK_TARGETS: 'https://app.example.com/auth' } })
Object.assign(process.env, { EXPO_PUBLIC_AUTH_URL: node.baseUrl, EXPO_PUBLIC_API_URL: 'https://api.example.com' })

/** Starts the app, as if the system had ended it before. */
let starts = 0
async function startApp() {
  const load = async <T>(file: string) =>
    (await import(here(`../../../examples/mobile/${file}.ts?start=${starts}`))) as T
  starts++
  const { client } = await load<{ client: Client }>('session')
  return {
    client,
    links: await load<Links>('links'),
    factors: await load<Factors>('factors'),
    background: await load<Background>('background'),
  }
}

const email = 'ada@example.com'
const linkIn = async () => /https:\S+#token=\S+/.exec((await mailsTo(node, email))[0]?.text ?? '')?.[0] ?? ''

t.test('the session stays in the key store of the phone', async (t) => {
  const app = await startApp()
  t.match(await app.client.register({ email, password, redirect_to: 'https://app.example.com/auth/verify' }), {
    status: 'signed_in',
  })
  t.same([...phone.options], [{ keychainAccessible: 1 }])
  const again = await startApp()
  t.not(again.client, app.client)
  t.match(await again.client.session(), { user: { email } })
  t.match(await again.client.user(), { email })
})

t.test('a link opens a screen, and its token is used when the user presses the button', async (t) => {
  const { client, links } = await startApp()
  const url = await linkIn()
  t.match(url, /^https:\/\/app\.example\.com\/auth\/verify#token=/)
  phone.startedBy = url
  const opened: MailLink[] = []
  const stop = links.onMailLink((link) => opened.push(link))
  await until(() => opened.length > 0)
  t.match(opened, [{ screen: 'verify' }])
  t.match(await client.user(), { email_verified: false }, 'to open the link does nothing')
  const [link] = opened
  if (link) await links.verifyEmail(link)
  t.match(await client.user(), { email_verified: true })

  await client.api.forgotPassword({ email, redirect_to: 'https://app.example.com/auth/reset' })
  await until(async () => (await linkIn()).includes('/reset#'))
  for (const listener of phone.listeners) listener({ url: await linkIn() })
  t.match(opened[1], { screen: 'reset' })
  if (opened[1]) await links.resetPassword(opened[1], 'another correct horse battery')
  t.match(await client.signIn({ email, password: 'another correct horse battery' }), { status: 'signed_in' })
  stop()
  t.equal(phone.listeners.size, 0)
})

t.test('other links are left to the app', async (t) => {
  const { links } = await startApp()
  for (const url of [
    'https://app.example.com/auth/verify',
    'https://app.example.com/auth/verify?token=abc',
    'https://app.example.com/auth/other#token=abc',
    'https://app.example.com/auth/verify#token=a/b',
    'not a link',
  ]) {
    t.equal(links.readLink(url), null, url)
  }
  t.same(links.readLink('myapp://auth/reset#token=abc_-9'), { screen: 'reset', token: 'abc_-9' })
})

t.test('a task in the background refreshes the session', async (t) => {
  const { background } = await startApp()
  await background.refreshInBackground()
  const [[name, options] = []] = [...phone.registered]
  t.match(options, { minimumInterval: 1440 })
  const generation = async () =>
    (await node.database.pool.query('SELECT sum(generation)::int AS n FROM sessions')).rows[0].n
  const before = await generation()
  t.equal(await phone.tasks.get(name ?? '')?.(), 1)
  t.equal(await generation(), before + 1)
})

t.test('an authenticator app is added, and asked for after a code by mail', async (t) => {
  const { client, factors } = await startApp()
  const owed = (result: SignInResult): FactorRequired => {
    if (result.status !== 'factor_required') throw new Error(`the sign-in ended in ${result.status}`)
    return result
  }
  const user = await client.user()
  const app = await factors.addApp()
  t.match(app.uri, 'otpauth://totp/')
  const codes = await app.confirm(codeFrom(app.secret))
  t.equal(codes?.length, 10)
  await forgetSteps(node, user?.id ?? '')
  await client.signOut()

  const byMail = owed(await factors.signInByMail(email))
  t.match(byMail, { number: /^\d\d$/, factors: ['email_code', 'email_link'] })
  await until(async () => (await mailsTo(node, email))[0]?.kind === 'sign_in')
  const more = owed(await factors.proveByCode(byMail, ` ${await codeTo(node, email)} `))
  t.match(more.factors, ['totp', 'recovery_code'])
  t.match(await factors.proveByCode(more, codeFrom(app.secret)), { status: 'signed_in', user: { email } })
  await client.signOut()

  const again = owed(await client.signIn({ email, password: 'another correct horse battery' }))
  t.match(await factors.proveByCode(again, codes?.[0] ?? ''), { status: 'signed_in' })
})
