/** The wire shapes of trusted devices. */
import { z } from 'zod'
import type { ListedDevice } from './trusted-device-store.ts'

/** More devices are not listed. */
export const mostListed = 100

export const deviceId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{22}$/)
  .meta({ examples: ['AZCltnw9fk-KGyw9Tl9gcQ'] })

const time = z.iso.datetime()

export const trustedDevice = z
  .strictObject({
    id: deviceId,
    name: z
      .string()
      .nullable()
      .describe('A guess from the User-Agent header.')
      .meta({ examples: ['Firefox on Linux'] }),
    created_at: time.describe('When the user proved a second factor on it.'),
    expires_at: time.describe('When it asks for the second factor again.'),
  })
  .meta({ id: 'TrustedDevice', description: 'A device that skips the second factor.' })

export const trustedDeviceList = z
  .strictObject({ trusted_devices: z.array(trustedDevice).describe(`The newest first, ${mostListed} at most.`) })
  .meta({ id: 'TrustedDeviceList' })
export type TrustedDeviceList = z.infer<typeof trustedDeviceList>

export const toTrustedDevice = (device: ListedDevice): z.infer<typeof trustedDevice> => ({
  id: device.deviceId,
  name: device.name,
  created_at: device.createdAt.toISOString(),
  expires_at: device.expiresAt.toISOString(),
})
