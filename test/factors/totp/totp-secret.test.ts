/** A secret as authenticator apps take it. */
import t from 'tap'
import { fromBase32, toBase32 } from '../../../src/factors/totp/base32.ts'
import { newTotpSecret, otpauthUri, qrCode } from '../../../src/factors/totp/totp-secret.ts'

t.test('base32 is that of RFC 4648', async (t) => {
  t.equal(toBase32(Buffer.from('fooba')), 'MZXW6YTB')
  t.equal(toBase32(Buffer.from('12345678901234567890')), 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ')
  for (const bytes of [Buffer.alloc(20), Buffer.alloc(20, 255), newTotpSecret()]) {
    t.same(fromBase32(toBase32(bytes)), bytes)
  }
})

t.test('a secret has 160 random bits', async (t) => {
  const secrets = Array.from({ length: 100 }, newTotpSecret)
  t.ok(secrets.every(({ length }) => length === 20))
  t.equal(new Set(secrets.map((secret) => secret.toString('hex'))).size, 100)
})

t.test('the URI names the issuer twice, and escapes both names', async (t) => {
  const secret = Buffer.from('12345678901234567890')
  t.equal(
    otpauthUri(secret, { issuer: 'Ada & Co: Ltd', account: 'ada+1@example.com' }),
    'otpauth://totp/Ada%20%26%20Co%20%20Ltd:ada%2B1%40example.com' +
      '?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Ada%20%26%20Co%20%20Ltd&algorithm=SHA1&digits=6&period=30',
  )
  const broken = otpauthUri(secret, { issuer: '\ud800', account: '?&#/' })
  t.match(broken, 'otpauth://totp/%EF%BF%BD:%3F%26%23%2F?secret=')
})

t.test('the QR code is an image without scripts', async (t) => {
  const longest = `${'é'.repeat(64)}@${'ü'.repeat(60)}.example`
  const svg = qrCode(otpauthUri(newTotpSecret(), { issuer: 'ß'.repeat(60), account: longest }))
  t.match(
    svg,
    /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 \d+ \d+"><rect [^>]*\/><path [^>]*\/><\/svg>$/,
  )
})
