import t from 'tap'
import { email, emailKey, emailPrefix, longestEmailKey } from '../../src/email-addresses/email.ts'

const accepted = [
  'ada@example.com',
  "o'hara+tag@sub.example.co.uk",
  'jörg@müller.de',
  '用户@例子.广告',
  'a@localhost',
  "!#$%&'*+/=?^_`{|}~-@example.com",
  '\u0441\u043e\u0431\u0430\u043a\u0430@\u043f\u043e\u0447\u0442\u0430.\u0440\u0444',
  `${'x'.repeat(64)}@${'y'.repeat(63)}.com`,
  'td@xn--mller-kva.de',
  '\u0915\u094d\u0937@example.com',
]
for (const address of accepted) {
  t.test(`${address} is accepted`, async (t) => t.equal(email.parse(` ${address} `), address))
}

const unseen = Array.from(
  '\u00ad\u034f\u061c\u115f\u17b4\u180e\u200b\u200c\u200d\u200e\u202e\u2060\u2066\u2069\u2800\u3164\ufe0f\ufeff\uffa0\u{e0061}\u{e0100}\ue000\u2028',
)

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
  // No mail reaches these.
  'td@example.com.',
  'td@.example.com',
  'td@example..com',
  'td@-example.com',
  'td@example-.com',
  'td@ex_ample.com',
  '.td@example.com',
  'td.@example.com',
  't..d@example.com',
  'td@[127.0.0.1]',
  'td@[IPv6:::1]',
  'td@1.2.3.4.5',
  `td@${'x'.repeat(64)}.com`,
  `${'x'.repeat(65)}@example.com`,
  `${'\u00e4'.repeat(33)}@example.com`,
  `td@${`${'x'.repeat(60)}.`.repeat(4)}example.com`,
  // Other forms than the bare address.
  'mailto:td@example.com',
  'td(comment)@example.com',
  'td@(comment)example.com',
  'td@example.com(comment)',

  '"t d"@example.com',
  '"td"@example.com',
  '<td@example.com>',
  'Td <td@example.com>',
  'td@example.com,',
  'a;b@c.de',
  't\\d@example.com',
  't:d@example.com',
  't[d]@example.com',
  // Characters that are not seen, at every place.
  ...unseen.flatMap((sign) => [`t${sign}d@example.com`, `td@ex${sign}ample.com`, `${sign}td@example.com`]),
  ...unseen.map((sign) => `td@example.com${sign}`),
  // Characters that look like others.

  'td\uff20example.com',
  'td\ufe6bexample.com',
  'td@example\uff0ecom',
  'td@example\u3002com',
  'td@example\uff61com',

  'td@example\u2024com',
  't\u2026d@example.com',
  'p\u0430ypal@example.com',
  'td@p\u0430ypal.com',
  'td@xn--pypal-4ve.com',
  'td@\u03b1pple.com',
  // NFKC turns this one character into eighteen.
  `${'\ufdfa'.repeat(20)}@example.com`,
]
// A title shows what a terminal would not.
const shown = (text: string) =>
  JSON.stringify(text).replaceAll(/[^ -~]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16)}`)
for (const address of [...refused, `${'x'.repeat(250)}@b.de`, 'a@\ud800.de']) {
  t.test(`${shown(address)} is refused`, async (t) => t.equal(email.safeParse(address).success, false))
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
  for (const typed of ['\uff56ic@example.com', 'jo\u0308rg@example.com', 'ada@M\u00dcLLER.de', '\u2460@b.de']) {
    const address = email.parse(typed)
    t.equal(address, address.normalize('NFKC'))
    t.equal(emailKey(address), emailKey(typed))
  }
  t.equal(email.parse('\uff56ic@example.com'), 'vic@example.com')
})

t.test('no address has a key that is longer than the limit', async (t) => {
  const address = email.parse(
    `${'\u0130'.repeat(32)}@${'\u00fc'.repeat(30)}.${'\u0130'.repeat(12)}.${'\u00fc'.repeat(30)}.de`,
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
