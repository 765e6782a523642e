/** Mails stay readable while the server secret is replaced node by node. */
import t from 'tap'
import { attemptDelivery, usualPatience } from '../../src/mail/attempt-delivery.ts'
import type { Mail } from '../../src/mail/mail.ts'
import { createOutbox } from '../../src/mail/outbox.ts'

const [old, next] = ['an old secret that is only good for tests', 'a new secret that is only good for tests']
const mail: Mail = { kind: 'password_changed', to: 'ada@example.com', subject: 'Hello', text: 'Hello\n', html: '' }

/** The outbox of a node with these secrets, the newest first. */
const outboxWith = (all: readonly string[], indexInForce = 0) =>
  createOutbox({ secrets: { all, indexInForce: () => indexInForce } })

t.test('a mail is sealed under the secret in force, so that a node without the new secret can open it', async (t) => {
  const sealed = await outboxWith([next, old], 1).seal(mail, null)
  t.same(await outboxWith([old]).open(sealed), mail)
})

t.test('a node without the secret of a mail leaves it to another node', async (t) => {
  const sealed = await outboxWith([next]).seal(mail, null)
  const delivery = attemptDelivery({
    mail: { ...sealed, id: 'x', attempts: 1, unanswered: 0, ageSeconds: 0 },
    outbox: outboxWith([old]),
    send: async () => void t.fail('the mail was sent'),
    patience: usualPatience,
    stopping: new AbortController().signal,
  })
  await t.rejects(delivery.taken, { name: 'DeliveryError', permanent: false, perhapsTaken: false })
})
