/** /admin/users, /admin/audit and /admin/mails, for scopes behind a guard that asks for the role `admin`. */
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
const readErrors = [...tokenErrors, 'forbidden', 'invalid_request', 'database_unavailable'] as const
const writeErrors = [...readErrors, ...freshTokenErrors, ...bodyErrors, ...cookieErrors, 'not_found'] as const

export function adminReadRoutes(app: App, { listUsers, readUser, listAudit, listDeadMails }: Reads): void {
  app.route({
    method: 'GET',
    url: '/admin/users',
    schema: {
      operationId: 'listUsers',
      summary: 'Find people',
      description: 'The newest first, unless an address or a name is looked for.',
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
      summary: 'A person and their sessions',
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
      summary: 'What happened',
      description: 'The newest first. An event written while you page through appears on no later page.',
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
      summary: 'Letters that were given up',
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
      summary: 'Change roles and standing',
      description:
        'A change of roles or of standing ends every access token the person has, at once; sessions go on, and refresh to ' +
        'the new roles. Disabling ends the sessions too, and enabling brings none back.',
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
      summary: 'Log a person out everywhere',
      tags,
      security,
      params: userParams,
      response: { 204: z.undefined().describe('No session of theirs goes on.') },
      'x-errors': [...writeErrors, 'uri_too_long'],
    },
    handler: async (request, reply) => {
      await endUserSessions(request.params.id, administratorOf(request))
      return reply.code(204).send()
    },
  })
}

function administratorOf(request: FastifyRequest): Administrator {
  const { userId, sessionId, tokenVersion } = principalOf(request)
  return { userId, sessionId, tokenVersion, context: contextOf(request) }
}
