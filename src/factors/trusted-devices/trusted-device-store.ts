/** The devices that skip the second factor, in Postgres. */
import type { Account } from '../../accounts/account-store.ts'
import { checkedUser } from '../../accounts/user-sql.ts'
import type { AuditType } from '../../audit/audit-event.ts'
import { auditContextColumns, auditContextValues, contextParameter } from '../../audit/audit-sql.ts'
import type { Database } from '../../database/client.ts'
import type { TrustedDevice } from '../../database/generated/client.ts'
import { type Fragment, type Params, sql, statement } from '../../database/sql.ts'
import type { RequestContext } from '../../http/request-context.ts'

export type ListedDevice = Pick<TrustedDevice, 'deviceId' | 'name' | 'createdAt' | 'expiresAt'>

/** The signed-in user, and the session of the request. */
type Owner = { readonly userId: string; readonly sessionId: string }
type Device = { readonly userId: string; readonly deviceId: string; readonly days: number }

export type TrustedDeviceStore = {
  /** Whether the device skips the second factor of the user. A smaller number of days holds for devices from before too. */
  readonly isTrusted: (device: Device) => Promise<boolean>
  /** Makes the device skip it for so many days from now, unless the credentials of the account have changed since they were checked. */
  readonly trust: (
    account: Account,
    device: { readonly id: string; readonly name: string; readonly days: number },
    session: { readonly id: string; readonly context: RequestContext },
  ) => Promise<void>
  /** The newest first. */
  readonly list: (device: Omit<Device, 'deviceId'>, limit: number) => Promise<readonly ListedDevice[]>
  /** Ends the trust in one device, or in all of them. Returns the number of devices. */
  readonly end: (owner: Owner, deviceId: string | undefined, context: RequestContext) => Promise<number>
}

/** The setting may have been lowered since the device was trusted. */
const isCurrent = (days: unknown) => sql`d.expires_at > statement_timestamp()
  AND d.created_at > statement_timestamp() - ${days} * interval '1 day'`

const selectDevice = statement(
  'select-trusted-device',
  (p: Params<Device>) => sql`SELECT 1 FROM trusted_devices d
    WHERE d.user_id = ${p.userId} AND d.device_id = ${p.deviceId} AND ${isCurrent(p.days)}`,
)

const selectDevices = statement(
  'select-trusted-devices',
  (p: Params<Omit<Device, 'deviceId'> & { limit: number }>) => sql`SELECT d.device_id AS "deviceId", d.name,
      d.created_at AS "createdAt", d.expires_at AS "expiresAt"
    FROM trusted_devices d WHERE d.user_id = ${p.userId} AND ${isCurrent(p.days)}
    ORDER BY d.created_at DESC, d.device_id LIMIT ${p.limit}`,
)

const added: AuditType = 'trusted_device_added'
const removed: AuditType = 'trusted_device_removed'
const removedAll: AuditType = 'trusted_devices_removed'

type Trust = Device & { name: string; credentialVersion: number; sessionId: string; type: AuditType; context: string }

// The row of the user is locked, so a removal of a factor at the same moment waits and then ends this trust, or has raised the version before.
const insertDevice = statement(
  'trust-device',
  (p: Params<Trust>) => sql`WITH u AS (${checkedUser(p.userId, p.credentialVersion)}), trusted AS (
      INSERT INTO trusted_devices AS d (user_id, device_id, name, created_at, expires_at)
      SELECT u.id, ${p.deviceId}, ${p.name}, statement_timestamp(), statement_timestamp() + ${p.days} * interval '1 day' FROM u
      ON CONFLICT (user_id, device_id) DO UPDATE SET name = excluded.name, created_at = excluded.created_at, expires_at = excluded.expires_at
      RETURNING d.user_id, d.device_id
    ) INSERT INTO audit_events (type, actor_id, subject_id, session_id, detail, ${auditContextColumns})
      SELECT ${p.type}, user_id, user_id, ${p.sessionId}, jsonb_build_object('device', device_id), ${auditContextValues(p.context)}
      FROM trusted`,
)

type End = Owner & { type: AuditType; context: string }

const endDevices = (p: Params<End>, which: Fragment, detail: Fragment) => sql`WITH u AS (
    SELECT id FROM users WHERE id = ${p.userId} FOR KEY SHARE
  ), ended AS (
    DELETE FROM trusted_devices d USING u WHERE d.user_id = u.id AND ${which} RETURNING d.user_id, d.device_id
  ), audited AS (
    INSERT INTO audit_events (type, actor_id, subject_id, session_id, detail, ${auditContextColumns})
    SELECT ${p.type}, ${p.userId}, ${p.userId}, ${p.sessionId}, ${detail}, ${auditContextValues(p.context)}
    FROM ended HAVING count(*) > 0
  ) SELECT count(*)::int AS count FROM ended`

const endOne = statement('end-trusted-device', (p: Params<End & { deviceId: string }>) =>
  endDevices(p, sql`d.device_id = ${p.deviceId}`, sql`jsonb_build_object('device', min(device_id))`),
)
const endAll = statement('end-trusted-devices', (p: Params<End>) =>
  endDevices(p, sql`true`, sql`jsonb_build_object('count', count(*))`),
)

export function createTrustedDeviceStore({ pool }: Pick<Database, 'pool'>): TrustedDeviceStore {
  return {
    isTrusted: async (device) => (await pool.query(selectDevice(device))).rows.length > 0,

    async trust({ id: userId, credentialVersion }, { id: deviceId, name, days }, session) {
      const where = { sessionId: session.id, type: added, context: contextParameter(session.context) }
      await pool.query(insertDevice({ userId, credentialVersion, deviceId, name, days, ...where }))
    },

    list: async (device, limit) => (await pool.query<ListedDevice>(selectDevices({ ...device, limit }))).rows,

    async end(owner, deviceId, context) {
      const event = { ...owner, context: contextParameter(context) }
      const query =
        deviceId === undefined ? endAll({ ...event, type: removedAll }) : endOne({ ...event, type: removed, deviceId })
      return (await pool.query<{ count: number }>(query)).rows[0]?.count ?? 0
    },
  }
}
