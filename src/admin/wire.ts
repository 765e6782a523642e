/** The wire shapes of the administration. */
import { z } from 'zod'
import { toUser, user } from '../accounts/account.ts'
import { auditTypes } from '../audit/audit-event.ts'
import { roleName } from '../config/setting-rules.ts'
import { nextCursor, paging } from '../http/cursor.ts'
import { rule } from '../http/errors/field-error.ts'
import { text } from '../http/text.ts'
import type { FactorPolicy } from '../signin/policy.ts'
import { maxRolesBytes } from '../tokens/claims.ts'
import type { StoredAuditEvent } from './audit-list-store.ts'
import type { DeadMail } from './dead-mail-store.ts'
import type { ListedUser } from './user-list-store.ts'

const time = z.iso.datetime()

const role = z
  .string()
  .regex(roleName, rule('invalid_role'))
  .meta({ examples: ['admin'] })

const roles = z
  .array(role)
  .max(50)
  .refine((list) => new Set(list).size === list.length, rule('repeated_role'))
  .refine((list) => JSON.stringify(list).length - 2 <= maxRolesBytes, rule('roles_too_long'))

export const managedUser = user
  .extend({
    email_verified: z.boolean(),
    factor_kinds: z
      .array(z.enum(['totp', 'passkey']))
      .describe('The kinds of the second factors of the user, each once.')
      .meta({ examples: [['totp']] }),
    factor_required: z.boolean().describe('Whether the policy requires a second factor of the user.'),
    disabled: z.boolean(),
    disabled_at: time.nullable(),
  })
  .meta({ id: 'ManagedUser', description: 'A user, as administrators see it.' })
export type ManagedUser = z.infer<typeof managedUser>

const managedSession = z
  .strictObject({
    id: z.uuid(),
    mode: z.enum(['bearer', 'cookie']),
    device: z
      .string()
      .nullable()
      .meta({ examples: ['Firefox on Linux'] }),
    ip: z
      .string()
      .nullable()
      .describe('The address of the client at sign-in.')
      .meta({ examples: ['203.0.113.7'] }),
    created_at: time,
    refreshed_at: time,
    authenticated_at: time,
    expires_at: time.describe('When the session expires unless it is refreshed.'),
  })
  .meta({ id: 'ManagedSession', description: 'A live session.' })
export type ManagedSession = z.infer<typeof managedSession>

const number = z.int().min(0).max(1_000_000)

const factorCounts = z
  .strictObject({ totp: number, passkeys: number, recovery_codes_left: number, trusted_devices: number })
  .describe('How many of each the user has.')

export const userDetails = managedUser
  .extend({
    factors: factorCounts,
    sessions: z.array(managedSession).describe('The live sessions, the newest 100.'),
  })
  .meta({ id: 'UserDetails' })
export type UserDetails = z.infer<typeof userDetails>

/** The id of an account in a path. Stores and the denylist compare ids as texts in lower case. */
export const userParams = z.strictObject({ id: z.uuid().toLowerCase() })

export const userChange = z
  .strictObject({
    roles: roles.meta({ examples: [['editor']] }).optional(),
    disabled: z.boolean().optional(),
    email_verified: z.boolean().optional(),
  })
  .meta({ id: 'UserChange', description: 'Absent members stay as they are.' })
export type UserChangeBody = z.infer<typeof userChange>

const flag = z.enum(['true', 'false']).optional()

export const userQuery = z
  .strictObject({
    email: text(254)
      .min(1)
      .optional()
      .describe('A prefix of the address, in any case. The list is then sorted by address.'),
    name: text(100).min(1).optional().describe('A prefix of the name, in any case. The list is then sorted by name.'),
    disabled: flag,
    verified: flag,
    role: role.optional(),
    ...paging,
  })
  .refine((query) => query.email === undefined || query.name === undefined, {
    path: ['name'],
    message: rule('not_with_email'),
  })
export type UserQuery = z.infer<typeof userQuery>

export const userPage = z
  .strictObject({ users: z.array(managedUser), next_cursor: nextCursor })
  .meta({ id: 'UserPage' })
export type UserPage = z.infer<typeof userPage>

// Postgres has no year 0.
const moment = z.iso
  .datetime({ offset: true })
  .refine((value) => new Date(value).getUTCFullYear() >= 1970, rule('before_1970'))

export const auditQuery = z.strictObject({
  subject_id: z.uuid().optional().describe('The user that the event is about.'),
  actor_id: z.uuid().optional().describe('The user who acted.'),
  session_id: z.uuid().optional(),
  type: z.enum(auditTypes).optional(),
  from: moment.optional(),
  to: moment.optional().describe('Events before this time.'),
  ...paging,
})
export type AuditQuery = z.infer<typeof auditQuery>

export const auditEvent = z
  .strictObject({
    id: z
      .string()
      .regex(/^\d{1,19}$/)
      .meta({ examples: ['4711'] }),
    at: time.describe('When it happened, for the first time in its hour.'),
    last_at: time.describe('When it happened last. The same as `at` if it happened once.'),
    count: z
      .int()
      .min(1)
      .max(2 ** 31 - 1)
      .describe('How often it happened. Repetitions within an hour are one event.'),
    type: z.string().meta({ examples: ['login_failed'] }),
    actor_id: z.uuid().nullable(),
    subject_id: z.uuid().nullable(),
    session_id: z.uuid().nullable(),
    ip: z.string().nullable(),
    user_agent: z.string().nullable(),
    request_id: z.string().nullable(),
    detail: z.unknown().describe('Details: an object of ids, numbers and words, or null.'),
  })
  .meta({ id: 'AuditEvent' })
export type AuditEventBody = z.infer<typeof auditEvent>

export const auditPage = z
  .strictObject({ events: z.array(auditEvent), next_cursor: nextCursor })
  .meta({ id: 'AuditPage' })
export type AuditPage = z.infer<typeof auditPage>

export const mailQuery = z.strictObject(paging)
export type MailQuery = z.infer<typeof mailQuery>

const deadMail = z
  .strictObject({
    id: z.uuid(),
    kind: z.string().meta({ examples: ['password_reset'] }),
    user_id: z.uuid().nullable(),
    attempts: z.int().min(0).max(1_000_000),
    last_error: z
      .string()
      .nullable()
      .describe('The answer of the mail server, without addresses.')
      .meta({ examples: ['550 5.1.1 mailbox unknown'] }),
    created_at: time,
    dead_at: time,
  })
  .meta({ id: 'DeadMail', description: 'A mail that could not be delivered. Its text and its address are not shown.' })
export type DeadMailBody = z.infer<typeof deadMail>

export const mailPage = z.strictObject({ mails: z.array(deadMail), next_cursor: nextCursor }).meta({ id: 'MailPage' })
export type MailPage = z.infer<typeof mailPage>

export const toManagedUser = (account: ListedUser, policy: Pick<FactorPolicy, 'requires'>): ManagedUser => ({
  ...toUser(account),
  email_verified: account.emailVerifiedAt !== null,
  factor_kinds: account.factorKinds as ManagedUser['factor_kinds'],
  factor_required: policy.requires(account),
  disabled: account.disabledAt !== null,
  disabled_at: account.disabledAt?.toISOString() ?? null,
})

export const toAuditEvent = (event: StoredAuditEvent): AuditEventBody => ({
  id: String(event.id),
  at: event.at.toISOString(),
  last_at: (event.lastAt ?? event.at).toISOString(),
  count: event.count,
  type: event.type,
  actor_id: event.actorId,
  subject_id: event.subjectId,
  session_id: event.sessionId,
  ip: event.ip,
  user_agent: event.userAgent,
  request_id: event.requestId,
  detail: event.detail,
})

// Mail servers quote the refused address.
const withoutAddresses = (words: string) => words.replaceAll(/[^\s<>()"',;:]*@[^\s<>()"',;]*/g, '…')

export const toDeadMail = (mail: DeadMail): DeadMailBody => ({
  id: mail.id,
  kind: mail.kind,
  user_id: mail.userId,
  attempts: mail.attempts,
  last_error: mail.lastError === null ? null : withoutAddresses(mail.lastError),
  created_at: mail.createdAt.toISOString(),
  dead_at: mail.deadAt.toISOString(),
})
