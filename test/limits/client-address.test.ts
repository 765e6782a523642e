/** The key under which limits count an address. A client with one IPv6 address usually has 2^64 of them. */
import t from 'tap'
import { clientAddress } from '../../src/limits/client-address.ts'

const same = (name: string, addresses: readonly (string | undefined)[], as: string) =>
  t.test(name, async (t) => {
    for (const address of addresses) t.equal(clientAddress(address), as, String(address))
  })

same('an IPv4 address counts as itself', ['203.0.113.9', '203.0.113.9:443'], '203.0.113.9')
same('the digits of an address are read as they are', ['10.20.30.40', '10.20.30.40:8080'], '10.20.30.40')

same(
  'an IPv4 address in any IPv6 notation counts as the IPv4 address',
  [
    '::ffff:203.0.113.9',
    '::FFFF:203.0.113.9',
    '::ffff:cb00:7109',
    '0:0:0:0:0:ffff:cb00:7109',
    '[::ffff:203.0.113.9]:80',
  ],
  '203.0.113.9',
)

same(
  'an IPv6 address in any notation counts as its /64',
  [
    '2001:db8:0:7::1',
    '2001:DB8::7:0:0:0:1',
    '2001:0db8:0000:0007:ffff:ffff:ffff:ffff',
    '2001:db8:0:7:0:0:203.0.113.9',
    '[2001:db8:0:7::1]:443',
    '2001:db8:0:7::1%eth0',
  ],
  '2001:db8:0:7::/64',
)

same('short forms of IPv6 are expanded', ['::1', '::', '0::1:2:3:4'], '0:0:0:0::/64')
same('a short form in the middle is expanded', ['2001::4:5:6:7:8', '[2001::4:5:6:7:8]'], '2001:0:0:4::/64')
same('an address that only ends like a mapped one is an IPv6 address', ['1:2:3:4::ffff:cb00:7109'], '1:2:3:4::/64')

same(
  'all texts that are no address count as one client',
  [
    undefined,
    '',
    'garbage',
    '1.2.3',
    '1.2.3.4.5',
    'x1.2.3.4:80',
    '1.2.3.4:80x',
    'x[::1]',
    '[::1]x',
    '::g',
    'a'.repeat(9999),
  ],
  'unknown',
)

t.test('neighbouring networks count apart', async (t) => {
  t.not(clientAddress('2001:db8:0:7::1'), clientAddress('2001:db8:0:8::1'))
  t.not(clientAddress('203.0.113.9'), clientAddress('203.0.113.10'))
})

t.test('10,000 addresses of one /64 count as one client', async (t) => {
  const part = () => Math.floor(Math.random() * 65_536).toString(16)
  const addresses = new Set(
    Array.from({ length: 10_000 }, () => `2001:db8:0:7:${part()}:${part()}:${part()}:${part()}`),
  )
  t.ok(addresses.size > 9990)
  t.same(new Set([...addresses].map(clientAddress)).size, 1)
})
