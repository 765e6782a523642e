/** GET and DELETE /auth/trusted-devices. Register them in a scope whose guard reads the session. */
import { z } from 'zod'
import { AppError } from '../../errors.ts'
import { principalOf } from '../../guard/principal.ts'
import { bodyErrors, cookieErrors, tokenErrors } from '../../http/errors/problem.ts'
import { contextOf } from '../../http/request-context.ts'
import type { App } from '../../http/server.ts'
import type { EndTrustedDevices, ListTrustedDevices } from './create-trusted-devices.ts'
import { deviceId, trustedDeviceList } from './trusted-device.ts'

type Dependencies = { listTrustedDevices: ListTrustedDevices; endTrustedDevices: EndTrustedDevices }

export function trustedDeviceRoutes(app: App, { listTrustedDevices, endTrustedDevices }: Dependencies): void {
  const tags = ['Factors']
  const security = [{ accessToken: [] }, { accessCookie: [] }]
  const endErrors = [...tokenErrors, ...bodyErrors, ...cookieErrors, 'database_unavailable'] as const

  app.route({
    method: 'GET',
    url: '/auth/trusted-devices',
    schema: {
      operationId: 'listTrustedDevices',
      summary: 'List the devices that skip your second factor',
      description:
        'A device is here if its user proved a second factor with `trust_device: true`, for `TRUST_DEVICE_DAYS`. A change of a password ' +
        'or a factor removes all of them.',
      tags,
      security,
      response: { 200: trustedDeviceList },
      'x-errors': [...tokenErrors, 'database_unavailable'],
    },
    handler: (request) => listTrustedDevices(principalOf(request)),
  })

  app.route({
    method: 'DELETE',
    url: '/auth/trusted-devices/:id',
    schema: {
      operationId: 'endTrustedDevice',
      summary: 'Ask for the second factor on a device again',
      description:
        'The sessions on the device go on. The answer is 404 for every id that is not one of your trusted devices.',
      tags,
      security,
      params: z.object({ id: z.string().meta({ examples: ['AZCltnw9fk-KGyw9Tl9gcQ'] }) }),
      response: { 204: z.undefined().describe('The next login on it asks for the second factor.') },
      'x-errors': [...endErrors, 'not_found', 'uri_too_long'],
    },
    handler: async (request, reply) => {
      const id = deviceId.safeParse(request.params.id)
      if (!id.success) throw new AppError('not_found')
      await endTrustedDevices(principalOf(request), id.data, contextOf(request))
      return reply.code(204).send()
    },
  })

  app.route({
    method: 'DELETE',
    url: '/auth/trusted-devices',
    schema: {
      operationId: 'endTrustedDevices',
      summary: 'Ask for the second factor on every device again',
      description: 'The sessions on the devices go on.',
      tags,
      security,
      response: { 204: z.undefined().describe('The next login on each device asks for the second factor.') },
      'x-errors': endErrors,
    },
    handler: async (request, reply) => {
      await endTrustedDevices(principalOf(request), undefined, contextOf(request))
      return reply.code(204).send()
    },
  })
}
