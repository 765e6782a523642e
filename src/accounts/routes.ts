/** GET and PATCH /auth/me. */

import { principalOf } from '../guard/principal.ts'
import { bodyErrors, cookieErrors, tokenErrors } from '../http/errors/problem.ts'
import type { App } from '../http/server.ts'
import { profileChange, user } from './account.ts'
import type { Profile } from './profile.ts'

/** For signed-in users. */
export function profileRoutes(app: App, { profile }: { profile: Profile }): void {
  app.route({
    method: 'GET',
    url: '/auth/me',
    schema: {
      operationId: 'getMe',
      summary: 'Read the signed-in user',
      description: 'Reads the user and the session from the database, so the answer is never out of date.',
      tags: ['Account'],
      security: [{ accessToken: [] }, { accessCookie: [] }],
      response: { 200: user },
      'x-errors': [...tokenErrors, 'database_unavailable'],
    },
    handler: (request) => profile.read(principalOf(request).userId),
  })

  app.route({
    method: 'PATCH',
    url: '/auth/me',
    schema: {
      operationId: 'updateMe',
      summary: 'Change the signed-in user',
      description: 'Sets or removes the name. The email and the password have routes of their own.',
      tags: ['Account'],
      security: [{ accessToken: [] }, { accessCookie: [] }],
      body: profileChange,
      response: { 200: user },
      'x-errors': [...tokenErrors, ...bodyErrors, ...cookieErrors, 'database_unavailable'],
    },
    handler: (request) => profile.change(principalOf(request).userId, request.body),
  })
}
