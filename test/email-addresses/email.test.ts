import t from 'tap'
import { email, emailKey, emailPrefix, longestEmailKey } from '../../src/email-addresses/email.ts'

const accepted = ['ada@example.com', "o'hara+tag@sub.example.co.uk", 'jörg@müller.de', '用户@例子.广告', 'a@localhost']
for (const address of accepted) {
  t.test(`${address} is an address`, async (t) => t.equal(email.parse(` ${address} `), address))
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
  // What the host of a URL may be followed by or written as.
  ...['/x', '?x', '#x', '\\x', ':80'].map((end) => `ada@example.com${end}`),
  'ada@ex%61mple.com',
  'ada@x@example.com',
  'ada@163',
  'ada@127.0.0.1',
  'ada@0x7f.1',
  `ada@${'\u00fc'.repeat(60)}.${'\u00e4'.repeat(60)}.${'\u00f6'.repeat(60)}.${'\u00fc'.repeat(60)}.de`,
  // One character of these is eighteen.
  `${'\ufdfa'.repeat(20)}@example.com`,
]
for (const address of [...refused, `${'x'.repeat(250)}@b.de`, 'a@\ud800.de']) {
  t.test(`${JSON.stringify(address)} is none`, async (t) => t.equal(email.safeParse(address).success, false))
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

t.test('what is mailed to is what is compared: width and composition are one from the start', async (t) => {
  for (const typed of ['\uff56ic@example.com', 'jo\u0308rg@example.com', 'ada@m\u00fcller\u3002de', '\u2460@b.de']) {
    const address = email.parse(typed)
    t.equal(address, address.normalize('NFKC'))
    t.equal(emailKey(address), emailKey(typed))
  }
  t.equal(email.parse('\uff56ic@example.com'), 'vic@example.com')
})

t.test('no address has a longer key than the longest', async (t) => {
  const address = email.parse(
    `${'\u0130'.repeat(64)}@${'\u00fc'.repeat(30)}.${'\u0130'.repeat(30)}.${'\u00fc'.repeat(30)}.de`,
  )
  t.ok(emailKey(address).length > address.length)
  t.ok(emailKey(address).length <= longestEmailKey)
})

t.test('a beginning finds every address that begins so', async (t) => {
  for (const address of ['bob@163.com', 'Ada@M\u00fcller.de', 'a@x.y.example.com', 'j\u00f6rg@b.de']) {
    const key = emailKey(email.parse(address))
    const upTo = address.lastIndexOf('@') + 2
    for (let end = 1; end <= address.length; end++) {
      const whole = end === address.length || end < upTo || /^\p{ASCII}*$/u.test(address.slice(upTo - 1))
      if (whole) t.ok(key.startsWith(emailPrefix(address.slice(0, end))), address.slice(0, end))
    }
  }
})

t.test('a dotless i is not an i', async (t) => {
  t.not(emailKey('g\u0131thub@example.com'), emailKey('github@example.com'))
})
