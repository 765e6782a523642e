/** Deliberate breaks of trusted devices. `npm run test:mutants` makes each and expects the named test to fail. */
import { breaks, type Mutant } from '../../setup/mutant.ts'

const trusted = 'test/factors/trusted-devices/trusted-devices.test.ts'
const list = 'test/factors/trusted-devices/list.test.ts'
const store = 'src/factors/trusted-devices/trusted-device-store.ts'
const wiring = 'src/factors/trusted-devices/create-trusted-devices.ts'

export const mutants: readonly Mutant[] = [
  ...breaks(
    wiring,
    trusted,
    ['a device of one user skips the factor of another', 'device?.userId === userId ? device.id', 'device ? device.id'],
    ['devices are trusted where the setting allows none', 'days === 0 ? undefined : ', ''],
    ['every device is trusted', ' || !trustsDevice', ''],
    [
      'a device that was known is trusted',
      'deviceId !== undefined && store.isTrusted({ userId, deviceId, days })',
      'deviceId !== undefined',
    ],
  ),
  ...breaks(
    store,
    trusted,
    ['trust never expires', 'd.expires_at > statement_timestamp()', 'true'],
    [
      'a smaller number of days leaves older devices trusted',
      "AND d.created_at > statement_timestamp() - ${days} * interval '1 day'",
      'AND ${days}::int > 0',
    ],
    [
      'trust in a device of another user counts',
      'WHERE d.user_id = ${p.userId} AND d.device_id = ${p.deviceId}',
      'WHERE ${p.userId} <> d.device_id AND d.device_id = ${p.deviceId}',
    ],
    [
      'a second sign-in does not renew the trust',
      'created_at = excluded.created_at, expires_at = excluded.expires_at',
      'name = excluded.name',
    ],
  ),
  ...breaks(
    store,
    list,
    ['a user ends the trust of others', 'd.user_id = u.id AND ${which}', '${which}'],
    ['to end one ends all', 'sql`d.device_id = ${p.deviceId}`', "sql`${p.deviceId} <> ''`"],
    [
      'the list shows devices of others',
      'FROM trusted_devices d WHERE d.user_id = ${p.userId} AND ${isCurrent(p.days)}\n    ORDER',
      'FROM trusted_devices d WHERE ${p.userId}::uuid IS NOT NULL AND ${isCurrent(p.days)}\n    ORDER',
    ],
  ),
  ...breaks('src/signin/advance.ts', trusted, [
    'a trusted device replaces the factor at a step-up',
    "if (!owed || goal !== 'session') return owed",
    'if (!owed) return owed',
  ]),
  ...breaks('src/accounts/user-sql.ts', trusted, [
    'a factor that changes during the sign-in leaves trust behind',
    ' AND credential_version = ${credentialVersion}',
    ' AND ${credentialVersion} >= 0',
  ]),
  ...breaks('prisma/migrations/20261128184829_second_factors/migration.sql', trusted, [
    'a change of credentials leaves the devices trusted',
    'DELETE FROM "trusted_devices" WHERE "user_id" = NEW."id";',
    '',
  ]),
]
