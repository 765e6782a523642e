import t from 'tap'
import { email, emailKey, emailPrefix, longestEmailKey } from '../../src/email-addresses/email.ts'

const accepted = ['ada@example.com', "o'hara+tag@sub.example.co.uk", 'jörg@müller.de', '用户@例子.广告', 'a@localhost']
for (const address of accepted) {
  t.test(`${address} is accepted`, async (t) => t.equal(email.parse(` ${address} `), address))
}

const refused = [
  '',
  'ada',
  '@example.com',
  'ada@',
  'a b@example.com',
  'a@b@c',
  'a@\u0000.de',
  'a\u0007@b.de',
  'a@[::]x',
  'a@%',
  // Characters that may follow or encode the host of a URL.
  ...['/x', '?x', '#x', '\\x', ':80'].map((end) => `ada@example.com${end}`),
  'ada@ex%61mple.com',
  'ada@x@example.com',
  'ada@163',
  'ada@127.0.0.1',
  'ada@0x7f.1',
  `ada@${'\u00fc'.repeat(60)}.${'\u00e4'.repeat(60)}.${'\u00f6'.repeat(60)}.${'\u00fc'.repeat(60)}.de`,
  // NFKC turns this one character into eighteen.
  `${'\ufdfa'.repeat(20)}@example.com`,
]
for (const address of [...refused, `${'x'.repeat(250)}@b.de`, 'a@\ud800.de']) {
  t.test(`${JSON.stringify(address)} is refused`, async (t) => t.equal(email.safeParse(address).success, false))
}

const same: [string, string][] = [
  ['Ada@Example.COM', 'ada@example.com'],
  ['jo\u0308rg@example.com', 'j\u00f6rg@example.com'],
  ['ada@M\u00dcLLER.de', 'ada@xn--mller-kva.de'],
  ['\uff41da@example.com', 'ada@example.com'],
  ['\u0130@example.com', 'i\u0307@example.com'],
]
for (const [one, other] of same) {
  t.test(`${one} and ${other} are one address`, async (t) => t.equal(emailKey(one), emailKey(other)))
}

t.test('addresses are stored in one Unicode form, so mails go to the address that is compared', async (t) => {
  for (const typed of ['\uff56ic@example.com', 'jo\u0308rg@example.com', 'ada@m\u00fcller\u3002de', '\u2460@b.de']) {
    const address = email.parse(typed)
    t.equal(address, address.normalize('NFKC'))
    t.equal(emailKey(address), emailKey(typed))
  }
  t.equal(email.parse('\uff56ic@example.com'), 'vic@example.com')
})

t.test('no address has a key that is longer than the limit', async (t) => {
  const address = email.parse(
    `${'\u0130'.repeat(64)}@${'\u00fc'.repeat(30)}.${'\u0130'.repeat(30)}.${'\u00fc'.repeat(30)}.de`,
  )
  t.ok(emailKey(address).length > address.length)
  t.ok(emailKey(address).length <= longestEmailKey)
})

t.test('the key of a prefix is a prefix of the keys of all addresses that begin with it', async (t) => {
  for (const address of ['bob@163.com', 'Ada@M\u00fcller.de', 'a@x.y.example.com', 'j\u00f6rg@b.de']) {
    const key = emailKey(email.parse(address))
    const upTo = address.lastIndexOf('@') + 2
    for (let end = 1; end <= address.length; end++) {
      const whole = end === address.length || end < upTo || /^\p{ASCII}*$/u.test(address.slice(upTo - 1))
      if (whole) t.ok(key.startsWith(emailPrefix(address.slice(0, end))), address.slice(0, end))
    }
  }
})

t.test('a dotless i differs from an i', async (t) => {
  t.not(emailKey('g\u0131thub@example.com'), emailKey('github@example.com'))
})
