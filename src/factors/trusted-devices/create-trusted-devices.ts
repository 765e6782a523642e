/**
 * Wires the devices that skip the second factor. This folder owns which devices these are. It does not own the token by which a device is
 * known (tokens/trusted-device-token.ts), which every device gets at a login, or what is owed at a sign-in (signin/policy.ts).
 */
import type { Config } from '../../config/config.ts'
import type { Database } from '../../database/client.ts'
import { AppError } from '../../errors.ts'
import type { RequestContext } from '../../http/request-context.ts'
import { deviceName } from '../../sessions/device-name.ts'
import type { SkipsFactor } from '../../signin/advance.ts'
import { isTwoFactors } from '../../signin/methods.ts'
import type { TrustDevice } from '../../signin/start-session.ts'
import type { Principal } from '../../tokens/principal.ts'
import type { TrustedDeviceTokens } from '../../tokens/trusted-device-token.ts'
import { mostListed, type TrustedDeviceList, toTrustedDevice } from './trusted-device.ts'
import { createTrustedDeviceStore } from './trusted-device-store.ts'

type Dependencies = {
  config: Pick<Config, 'trustDeviceDays'>
  database: Database
  trustedDeviceTokens: Pick<TrustedDeviceTokens, 'parse'>
}
type Owner = Pick<Principal, 'userId' | 'sessionId'>

/** The devices of the user that skip the second factor, the newest first. */
export type ListTrustedDevices = (owner: Pick<Owner, 'userId'>) => Promise<TrustedDeviceList>
/**
 * Ends the trust in a device, or in all devices of the user. The sessions on it go on. Ends in `not_found` if the user has no such device.
 */
export type EndTrustedDevices = (owner: Owner, id: string | undefined, context: RequestContext) => Promise<void>

export type TrustedDevices = {
  readonly skipsFactor: SkipsFactor
  readonly trustDevice: TrustDevice
  readonly listTrustedDevices: ListTrustedDevices
  readonly endTrustedDevices: EndTrustedDevices
}

export function createTrustedDevices({ config, database, trustedDeviceTokens }: Dependencies): TrustedDevices {
  const days = config.trustDeviceDays
  const store = createTrustedDeviceStore(database)

  /** The id of the device, if its token belongs to this user. */
  const idOf = (token: string | undefined, userId: string) => {
    const device = days === 0 ? undefined : trustedDeviceTokens.parse(token)
    return device?.userId === userId ? device.id : undefined
  }

  return {
    async skipsFactor({ id: userId }, client) {
      const deviceId = idOf(client.device, userId)
      return deviceId !== undefined && store.isTrusted({ userId, deviceId, days })
    },

    async trustDevice({ account, amr }, token, { trustsDevice, context }, sessionId) {
      const id = idOf(token, account.id)
      if (id === undefined || !trustsDevice || !isTwoFactors(amr)) return
      await store.trust(account, { id, name: deviceName(context.userAgent), days }, { id: sessionId, context })
    },

    async listTrustedDevices({ userId }) {
      return { trusted_devices: (await store.list({ userId, days }, mostListed)).map(toTrustedDevice) }
    },

    async endTrustedDevices(owner, id, context) {
      const count = await store.end(owner, id, context)
      if (id !== undefined && count === 0) throw new AppError('not_found')
    },
  }
}
