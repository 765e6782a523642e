/** /admin/users, /admin/audit and /admin/mails. Register them in a scope whose guard requires the role `admin`. */
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { principalOf } from '../guard/principal.ts'
import { bodyErrors, cookieErrors, freshTokenErrors, tokenErrors } from '../http/errors/problem.ts'
import { contextOf } from '../http/request-context.ts'
import type { App } from '../http/server.ts'
import type { Administrator } from './administrator.ts'
import type { ChangeUser } from './change-user.ts'
import type { EndUserSessions } from './end-user-sessions.ts'
import type { ListAudit } from './list-audit.ts'
import type { ListDeadMails } from './list-dead-mails.ts'
import type { ListUsers } from './list-users.ts'
import type { ReadUser } from './read-user.ts'
import {
  auditPage,
  auditQuery,
  mailPage,
  mailQuery,
  managedUser,
  userChange,
  userDetails,
  userPage,
  userParams,
  userQuery,
} from './wire.ts'

type Reads = { listUsers: ListUsers; readUser: ReadUser; listAudit: ListAudit; listDeadMails: ListDeadMails }
type Writes = { changeUser: ChangeUser; endUserSessions: EndUserSessions }

const tags = ['Administration']
const security = [{ accessToken: [] }, { accessCookie: [] }]
const readErrors = [
  ...tokenErrors,
  'second_factor_required',
  'forbidden',
  'invalid_request',
  'database_unavailable',
] as const
const writeErrors = [...readErrors, ...freshTokenErrors, ...bodyErrors, ...cookieErrors, 'not_found'] as const

export function adminReadRoutes(app: App, { listUsers, readUser, listAudit, listDeadMails }: Reads): void {
  app.route({
    method: 'GET',
    url: '/admin/users',
    schema: {
      operationId: 'listUsers',
      summary: 'Search users',
      description: 'The newest first, or sorted by address or name if one is searched for.',
      tags,
      security,
      querystring: userQuery,
      response: { 200: userPage },
      'x-errors': readErrors,
    },
    handler: (request) => listUsers(request.query),
  })

  app.route({
    method: 'GET',
    url: '/admin/users/:id',
    schema: {
      operationId: 'getUser',
      summary: 'Read a user and their sessions',
      description: 'The user as administrators see them, with the newest 100 of their live sessions.',
      tags,
      security,
      params: userParams,
      response: { 200: userDetails },
      'x-errors': [...readErrors, 'not_found', 'uri_too_long'],
    },
    handler: (request) => readUser(request.params.id),
  })

  app.route({
    method: 'GET',
    url: '/admin/audit',
    schema: {
      operationId: 'listAuditEvents',
      summary: 'List audit events',
      description: 'The newest first. An event that is written while you read appears on no later page.',
      tags,
      security,
      querystring: auditQuery,
      response: { 200: auditPage },
      'x-errors': readErrors,
    },
    handler: (request) => listAudit(request.query),
  })

  app.route({
    method: 'GET',
    url: '/admin/mails',
    schema: {
      operationId: 'listDeadMails',
      summary: 'List mails that could not be delivered',
      description: 'The latest first. The text and the address of a mail are not shown.',
      tags,
      security,
      querystring: mailQuery,
      response: { 200: mailPage },
      'x-errors': readErrors,
    },
    handler: (request) => listDeadMails(request.query),
  })
}

export function adminWriteRoutes(app: App, { changeUser, endUserSessions }: Writes): void {
  app.route({
    method: 'PATCH',
    url: '/admin/users/:id',
    schema: {
      operationId: 'updateUser',
      summary: 'Change roles, or disable an account',
      description:
        'A change ends every access token of the user at once. The sessions stay, and a refresh gives the new roles. Disabling an account ' +
        'also ends its sessions, and enabling it brings none back.',
      tags,
      security,
      params: userParams,
      body: userChange,
      response: { 200: managedUser },
      'x-errors': [...writeErrors, 'last_admin', 'uri_too_long'],
    },
    handler: (request) => changeUser(request.params.id, request.body, administratorOf(request)),
  })

  app.route({
    method: 'DELETE',
    url: '/admin/users/:id/sessions',
    schema: {
      operationId: 'endUserSessions',
      summary: 'End every session of a user',
      description: 'Signs the user out everywhere. The account stays as it is, and the user may sign in again.',
      tags,
      security,
      params: userParams,
      response: { 204: z.undefined().describe('Every session of the user has ended.') },
      'x-errors': [...writeErrors, 'uri_too_long'],
    },
    handler: async (request, reply) => {
      await endUserSessions(request.params.id, administratorOf(request))
      return reply.code(204).send()
    },
  })
}

/** The administrator who sends the request. */
export function administratorOf(request: FastifyRequest): Administrator {
  const { userId, sessionId, tokenVersion } = principalOf(request)
  return { userId, sessionId, tokenVersion, context: contextOf(request) }
}
