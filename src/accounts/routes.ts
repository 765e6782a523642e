/** POST /auth/register; GET and PATCH /auth/me. */
import { sendTokenPair } from '../http/credentials.ts'
import { bodyErrors, tokenErrors } from '../http/problem.ts'
import type { App } from '../http/server.ts'
import { tokenPair } from '../sessions/token-pair.ts'
import { principalOf } from '../verification/authenticate.ts'
import { profileChange, registration, user } from './account.ts'
import type { Profile } from './profile.ts'
import type { Register } from './register.ts'

/** For everybody. */
export function registrationRoutes(app: App, { register }: { register: Register }): void {
  app.route({
    method: 'POST',
    url: '/auth/register',
    schema: {
      operationId: 'register',
      summary: 'Open an account and log in',
      tags: ['Accounts'],
      security: [],
      body: registration,
      response: { 201: tokenPair },
      'x-errors': [...bodyErrors, 'email_taken', 'database_unavailable'],
    },
    handler: async (request, reply) => sendTokenPair(reply.code(201), await register(request.body)),
  })
}

/** For the signed-in. */
export function profileRoutes(app: App, { profile }: { profile: Profile }): void {
  app.route({
    method: 'GET',
    url: '/auth/me',
    schema: {
      operationId: 'getMe',
      summary: 'The signed-in person',
      tags: ['Accounts'],
      security: [{ accessToken: [] }],
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
      summary: 'Change the signed-in person',
      tags: ['Accounts'],
      security: [{ accessToken: [] }],
      body: profileChange,
      response: { 200: user },
      'x-errors': [...tokenErrors, ...bodyErrors, 'database_unavailable'],
    },
    handler: (request) => profile.change(principalOf(request).userId, request.body),
  })
}
