import t from 'tap'
import type { Mail } from '../../src/mail/mail.ts'
import { createSmtp } from '../../src/mail/smtp.ts'
import { startMailServer } from '../setup/mail-server.ts'

const mail: Mail = { kind: 'password_reset', to: 'ada@example.com', subject: 'x', text: 'x', html: 'x' }
const from = { from: 'auth@example.com', host: 'auth.example.com' }
const attempt = () => ({ id: 'one', signal: new AbortController().signal })

t.test('a mail server without TLS gets no mail where TLS is required, and the mail waits', async (t) => {
  const server = await startMailServer(t)
  const send = createSmtp({ url: server.url, requiresTls: true, ...from })
  await t.rejects(send(mail, attempt()), { name: 'DeliveryError', permanent: false })
  t.same(server.received, [])
  await createSmtp({ url: server.url, requiresTls: false, ...from })(mail, attempt())
  t.equal(server.received.length, 1)
})
