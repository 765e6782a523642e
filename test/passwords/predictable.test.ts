import t from 'tap'
import { createPasswordPolicy } from '../../src/passwords/password-policy.ts'
import { serviceNames } from '../../src/passwords/service-names.ts'
import { call, password } from '../setup/client.ts'
import { startNode } from '../setup/node.ts'

const names = serviceNames({
  publicUrl: 'https://auth.bakery.example',
  appUrl: new URL('https://www.br\u00f6tchen.example').origin,
  mailFrom: 'Corner Shop <auth@bakery.example>',
})
const policies = [8, 15].map((minLength) => createPasswordPolicy({ minLength, serviceNames: names }))
const refused = (given: string, [requireGoodPassword = policies[0]] = policies) => {
  try {
    requireGoodPassword?.(given, 'ada.lovelace+news@mill.example')
    return undefined
  } catch (error) {
    return (error as { errors: { code: string }[] }).errors[0]?.code
  }
}

t.test('the names of the service are in its addresses and in the sender of its mails', async (t) => {
  t.same(
    names.toSorted(),
    [
      'auth',
      'auth.bakery.example',
      'bakery',
      'bakery.example',
      'br\u00f6tchen',
      'br\u00f6tchen.example',
      'corner',
      'corner shop',
      'cornershop',
      'countersign',
      'shop',
      'www.br\u00f6tchen.example',
    ].toSorted(),
  )
  const plain = { publicUrl: 'http://127.0.0.1:3000', mailFrom: 'auth@localhost' }
  t.same(serviceNames(plain), ['countersign'])
  t.same(serviceNames({ ...plain, publicUrl: 'http://localhost:3000' }), ['countersign', 'localhost'])
  t.same(serviceNames({ ...plain, publicUrl: 'http://[::1]:3000' }), ['countersign'])
})

const cases: Record<string, readonly string[]> = {
  password_service_name: [
    'countersign',
    'Countersign',
    'c0unters1gn',
    'countersign2026',
    'countersigncountersign',
    'bakery.example',
    'Bakery123!',
    'cornershop1',
    'Corner Shop!',
    'Br\u00f6tchen1234',
    'mill.example',
    'mill.example!',
    'BAKERY-1234',
  ],
  password_contains_email: ['lovelace1815', 'adalovelace', 'l0velace!!', 'Lovelace-ada!', 'newsnewsnews'],
  password_repetition: [
    'aaaaaaaaaaaa',
    'abcabcabcabc',
    'xyxyxyxyxyxy',
    'wombatwombat',
    '!!!!!!!!!!!!!!!!',
    'lampelampelampe',
    '\u{1f600}'.repeat(12),
  ],
  password_sequence: [
    'abcdefghijkl',
    '12345678901234567',
    'zyxwvutsrqpo',
    '0987654321098',
    'asdfghjkl;',
    'qwertzuiop1',
    'azertyuiop1',
    '1qaz2wsx3edc4',
    'yxcvbnm,.-',
    '1234wmbt',
    'qwert12345!',
    '!@#$%^&*()',
  ],
  password_season: [
    'Summer2026!',
    'summer26',
    'Winter-2025',
    'December2026',
    '2026January!',
    'May 1999!!',
    'Spring_24!!',
    '5ummer2026!',
  ],
}
for (const [code, passwords] of Object.entries(cases)) {
  t.test(`${code} refuses passwords that are easy to guess, also of a greater length`, async (t) => {
    for (const each of passwords) t.equal(refused(each), code, each)
  })
}

t.test('a sentence may hold a name, a date or a sequence, and a random password may look like anything', async (t) => {
  const good = [
    password,
    'my countersign is a green umbrella',
    'we met in summer 2026 at the lake',
    'the alphabet begins abcdefgh',

    'hahahaha said the tall crow',
    'bakery window cat',
    'canadian maple sirup',
    'understudy',
    'mayor of casterbridge',

    'tr4ff2ww',
    'x9-Kp!2v',
    'bookkeeper',
    'mississippi mud',
    'august rain again',
    '\u6771\u4eac\u30bf\u30ef\u30fc\u306b\u884c\u304f',
  ]
  for (const each of good) t.equal(refused(each), undefined, each)
  for (let i = 0; i < 200; i++) {
    const random = crypto.randomUUID().slice(0, 18)
    // A random text may hold four digits in a row by chance, and is good all the same.
    t.equal(refused(random, [policies[1]] as typeof policies), undefined, random)
  }
})

t.test('the longest passwords are judged within a moment', async (t) => {
  for (const unit of ['ab', 'abc1', 'qwertyuio', '\u00e4\u00f6']) refused(unit.repeat(256).slice(0, 256))
  t.pass()
})

t.test('register and a change of the password say which rule refused, with the values of its text', async (t) => {
  const node = await startNode(t, { env: { PASSWORD_MIN_LENGTH: '12' } })
  const attempt = async (given: string) => {
    const body = { email: 'ada@mill.invalid', password: given }
    return (await call(`${node.baseUrl}/auth/register`, { body })).body['errors']
  }
  const path = '/password'
  t.match(await attempt('eleven char'), [
    { path, code: 'password_too_short', params: { min: 12 }, message: 'must have at least 12 characters' },
  ])
  t.match(await attempt('aaaaaaaaaaaa'), [{ path, code: 'password_repetition' }])
  t.match(await attempt('Summer2026!!'), [{ path, code: 'password_season' }])
  // The tests serve https://auth.example.test.
  t.match(await attempt('example.test1'), [{ path, code: 'password_service_name' }])
  const { body } = await call<{ access_token: string }>(`${node.baseUrl}/auth/register`, {
    body: { email: 'ada@mill.invalid', password },
  })
  const change = { current_password: password, new_password: '9876abcdefgh' }
  t.match(await call(`${node.baseUrl}/auth/password`, { body: change, token: body.access_token }), {
    status: 400,
    body: { errors: [{ path: '/new_password', code: 'password_sequence' }] },
  })
})
