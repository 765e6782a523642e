/** The text of mails, and that nobody can inject anything into them. */
import fc from 'fast-check'
import t from 'tap'
import { email } from '../../src/email-addresses/email.ts'
import { createEmailAddressMails } from '../../src/email-addresses/email-address-mails.ts'
import { createDevelopmentMailbox } from '../../src/mail/development-mailbox.ts'
import { createSmtp } from '../../src/mail/smtp.ts'
import { startMail } from '../../src/mail/start-mail.ts'
import { writeMail } from '../../src/mail/write-mail.ts'
import { call, register } from '../setup/client.ts'
import { refusal, startMailServer, until } from '../setup/mail-server.ts'
import { startNode } from '../setup/node.ts'
import { runs } from '../setup/properties.ts'

const mails = createEmailAddressMails({
  linksTo: 'https://app.example.com',
  serviceName: 'auth.example.com',
  lifeSeconds: 3600,
})
const mailed = { token: 'T0KEN', page: undefined, code: { code: '048213', lifeSeconds: 600 } }
const every = [
  mails.verification('ada@example.com', mailed),
  mails.change('ada@example.com', mailed),
  mails.registration('ada@example.com', mailed),
  mails.changed('ada@example.com'),
  mails.alreadyRegistered('ada@example.com'),
]

t.test('the text and the HTML of a mail say the same, and the token of a link is in its fragment', async (t) => {
  for (const { kind, text, html, subject } of every) {
    const words = html
      .replaceAll(/<a href="[^"]*">/g, '')
      .replaceAll(/<\/p>/g, '\n\n')
      .replaceAll('<br>', '\n')
      .replaceAll(/<[^>]+>/g, '')
    const plain = text.replaceAll(/:\nhttps:\/\/\S+/g, '')
    t.equal(words.replaceAll('&#39;', "'").trim(), plain.trim(), kind)
    t.match(subject, /^[A-Z][\w ,']+$/, kind)
    t.notMatch(text, /undefined|\$\{/, kind)
  }
  t.match(every[0]?.text, '\nhttps://app.example.com/verify-email#token=T0KEN\n')
  t.match(every[1]?.text, '\nhttps://app.example.com/change-email#token=T0KEN\n')
  t.match(every[2]?.text, '\nhttps://app.example.com/open-account#token=T0KEN\n')
  for (const { kind, text } of every.slice(3)) t.notMatch(text, /https?:/, `${kind} has no link`)
})

t.test('values in a mail are escaped', async (t) => {
  const evil = `<img src=x onerror="alert('1')">&amp;`
  const { html, text } = writeMail({
    kind: 'email_changed',
    to: 'ada@example.com',
    subject: evil,
    paragraphs: [evil],
    link: { label: evil, url: `https://x.example/"onclick="alert(1)`, lifeSeconds: 60 },
    closing: [evil],
  })
  t.equal(html.match(/<[a-z/!]+/g)?.join(''), '<!doctype<html<body<p</p<p<a</a</p<p</p</body</html')
  t.notMatch(html, /"onclick|<img|alert\('/)
  t.equal(text.split(evil).length, 4)
})

t.test('no address adds a header, a second recipient or an SMTP command', async (t) => {
  const server = await startMailServer(t)
  const send = createSmtp({
    url: server.url,
    requiresTls: false,
    from: 'Example <auth@example.com>',
    host: 'auth.example.com',
  })
  const piece = fc.constantFrom(
    'a',
    '\r\n',
    '\n',
    '\0',
    ',',
    ';',
    '<',
    '>',
    ':',
    '(',
    ')',
    '"',
    ' ',
    '.',
    '\u2028',
    'Bcc: x@y.zz',
  )
  const wild = fc.array(piece, { minLength: 1, maxLength: 6 }).map((parts) => `${parts.join('')}@example.com`)
  let sent = 0
  const property = fc.asyncProperty(wild, async (given) => {
    const { data: to } = email.safeParse(given)
    if (to === undefined) return
    const mail = { kind: 'email_changed', to, subject: 'Hello', text: 'Hello\n', html: '<p>Hello</p>' } as const
    const before = server.received.length
    await send(mail, { id: 'x', signal: AbortSignal.timeout(5000) }).catch(() => {})
    const got = server.received.slice(before)
    sent += got.length
    if (got.length > 1) throw new Error('sent to several')
    for (const { raw, to: recipient } of got) {
      // `a,b@example.com` is one address. Read as a list it would be two, so its local part is sent in quotes.
      const [, quoted, domain] = /^"(.*)"(@.*)$/.exec(recipient) ?? []
      const meant = quoted === undefined ? recipient : `${quoted.replaceAll(/\\(.)/g, '$1')}${domain}`
      if (meant !== to) throw new Error(`${to} was sent to ${recipient}`)
      const names = [...(raw.split('\r\n\r\n')[0] ?? '').matchAll(/^([A-Za-z-]+):/gm)].map(([, name]) =>
        name?.toLowerCase(),
      )
      const usual = new Set([
        'from',
        'to',
        'subject',
        'message-id',
        'auto-submitted',
        'date',
        'mime-version',
        'content-type',
      ])
      const odd = names.filter((name) => !usual.has(name ?? ''))
      if (odd.length > 0 || new Set(names).size !== names.length) throw new Error(`headers ${names.join()}`)
    }
  })
  const odd = ['a,b', 'a;b', 'a(b)', '(a)b', 'a:b', 'a<b>', 'a<', '<', "o'b&x", 'a{b}', 'a|b', 'a%b'].map(
    (local): [string] => [`${local}@example.com`],
  )
  await t.resolves(fc.assert(property, { ...runs(150), examples: odd }))
  t.ok(sent > 0, `${sent} odd addresses were sent to`)
  const post = async (to: string) => {
    const mail = { kind: 'email_changed', to, subject: 'Hello', text: 'Hello\n', html: '<p>Hello</p>' } as const
    return send(mail, { id: 'x', signal: AbortSignal.timeout(5000) }).then(
      () => 'sent',
      (error: Error) => error.message,
    )
  }
  for (const to of ['a@example.com\r\nBcc: b@example.com', 'a@example.com>\r\nDATA']) {
    const before = server.received.length
    await post(to)
    for (const { raw, to: recipient } of server.received.slice(before)) t.notMatch(raw + recipient, /^bcc:/im)
  }
})

t.test('of the reply of a mail server only the codes are stored, because the reply repeats the address', async (t) => {
  const server = await startMailServer(t, {
    onRecipient: (address) => {
      throw refusal(552, `5.2.2 <${address}> mailbox full, see https://example.com/ada@example.com`)
    },
  })
  const send = createSmtp({ url: server.url, requiresTls: false, from: 'auth@example.com', host: 'auth.example.com' })
  const mail = every[0]
  if (!mail) throw new Error('no mail')
  const failed = send(mail, { id: 'x', signal: AbortSignal.timeout(5000) })
  await t.rejects(failed, { name: 'DeliveryError', message: '552 5.2.2 to RCPT TO', permanent: true })
})

t.test('links lead to the configured URL, whatever the Host header says', async (t) => {
  for (const [env, origin] of [
    [{ APP_URL: 'https://app.example.com' }, 'https://app.example.com'],
    [{}, 'https://auth.example.test'],
  ] as const) {
    const node = await startNode(t, { mail: true, env })
    const { port } = new URL(node.baseUrl)
    const headers = {
      'X-Forwarded-Host': 'evil.test',
      'X-Forwarded-Proto': 'ftp',
      Forwarded: 'host=evil.test',
      Origin: 'https://evil.test',
    }
    await register(node.baseUrl, 'ada@example.com')
    const { request } = await import('node:http')
    const status = await new Promise((resolve, reject) => {
      const body = JSON.stringify({ email: 'ada@example.com' })
      const to = { host: '127.0.0.1', port, method: 'POST', path: '/auth/email/resend' }
      const sent = request({ ...to, headers: { ...headers, Host: 'evil.test', 'Content-Type': 'application/json' } })
      sent.on('response', (response) => resolve(response.resume().statusCode)).on('error', reject)
      sent.end(body)
    })
    t.equal(status, 202)
    await until(() => node.mail?.mailbox?.mails().length === 2)
    for (const { text, html } of node.mail?.mailbox?.mails() ?? []) {
      t.ok(text.includes(`\n${origin}/verify-email#token=`), origin)
      t.notMatch(text + html, /evil|ftp:/)
    }
  }
})

t.test('in development, mails go to the log and to /dev/mailbox, which escapes them', async (t) => {
  const lines: string[] = []
  const node = await startNode(t, { mail: true, log: (line) => lines.push(line) })
  await register(node.baseUrl, "o'b&x@example.com")
  await until(() => node.mail?.mailbox?.mails().length === 1)
  const logged = lines.map((line) => String(JSON.parse(line).msg)).find((message) => message.startsWith('mail to'))
  const link = /https:\/\/auth\.example\.test\/verify-email#token=[\w-]{43}/
  t.match(logged, link)
  const page = await fetch(`${node.baseUrl}/dev/mailbox`)
  const html = await page.text()
  t.match(page.headers.get('content-security-policy'), /^default-src 'none'; /)
  t.ok(html.includes('o&#39;b&amp;x@example.com'))
  t.match(html, new RegExp(`<a href="${link.source}">`))
  const json = await fetch(`${node.baseUrl}/dev/mailbox`, {
    headers: { accept: 'application/json' },
  })
  t.match(await json.json(), { mails: [{ to: "o'b&x@example.com", text: link }] })
})

t.test('in production there is no mailbox, and mails are not logged', async (t) => {
  const production = {
    NODE_ENV: 'production',
    DATABASE_URL: 'postgresql://x/y',
    SMTP_URL: 'smtp://127.0.0.1:9',
    MAIL_FROM: 'auth@example.test',
    PUBLIC_URL: 'https://auth.example.test',
  }
  const lines: string[] = []
  const node = await startNode(t, { mail: true, env: production, log: (line) => lines.push(line) })
  await register(node.baseUrl, 'ada@example.com')
  await until(() => lines.some((line) => line.includes('a mail was not taken')))
  t.equal((await call(`${node.baseUrl}/dev/mailbox`)).status, 404)
  t.notMatch(lines.join(''), /ada@example|#token/)
  const config = { ...node.config, smtpUrl: undefined }
  const log = { info: () => {}, warn: () => {} }
  t.throws(() => startMail({ config, database: node.database, secrets: [], log }), /must be a mail server/)
})

t.test('the mailbox keeps the latest hundred mails', async (t) => {
  const mailbox = createDevelopmentMailbox({ log: () => {} })
  const [mail] = every
  if (!mail) throw new Error('no mail')
  for (let i = 0; i < 150; i++) await mailbox.send(mail, { id: String(i), signal: AbortSignal.timeout(1000) })
  t.equal(mailbox.mails().length, 100)
  t.equal(mailbox.mails()[0]?.id, '149')
})
