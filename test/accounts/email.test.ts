import t from 'tap'
import { email, emailKey } from '../../src/accounts/email.ts'

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

t.test('a dotless i is not an i', async (t) => {
  t.not(emailKey('g\u0131thub@example.com'), emailKey('github@example.com'))
})
