/** Exports the data that is stored about a user (GDPR, articles 15 and 20), page by page. */
import { z } from 'zod'
import { toUser } from '../accounts/account.ts'
import { AppError } from '../errors.ts'
import { toTrustedDevice } from '../factors/trusted-devices/trusted-device.ts'
import { createCursors } from '../http/cursor.ts'
import type { RequestContext } from '../http/request-context.ts'
import { toFactor, toRecoveryCode } from './export-sign-in-wire.ts'
import type { ExportStore } from './export-store.ts'
import { type AccountExport, type ExportQuery, toEvent, toLink, toMail, toSession } from './export-wire.ts'

const at = z.int().min(0).max(8_000_000_000_000)
const cursors = createCursors(
  'export',
  z.union([
    z.strictObject({
      part: z.enum(['sessions', 'links', 'mails']),
      after: z.strictObject({ at, id: z.uuid() }).optional(),
    }),
    z.strictObject({
      part: z.literal('events'),
      after: z.strictObject({ at, id: z.string().regex(/^\d{1,18}$/) }).optional(),
    }),
  ]),
)

/**
 * A page of the data, and the cursor of the next page. Ends in `token_revoked` if the account is gone, in `export_running` if another
 * export of the user runs at this moment, or in `invalid_request` if the cursor is not of this list.
 */
export type ExportAccount = (
  principal: { readonly userId: string; readonly sessionId: string },
  query: ExportQuery,
  context: RequestContext,
) => Promise<AccountExport>

export function createExportAccount({ exports }: { exports: ExportStore }): ExportAccount {
  return async function exportAccount({ userId, sessionId }, { cursor, limit }, context) {
    const from = cursors.read(cursor)
    const stored = await exports.read({ userId, sessionId, context, from, limit })
    if (stored === 'busy') throw new AppError('export_running')
    if (stored === 'gone') throw new AppError('token_revoked')
    const { emailVerifiedAt, disabledAt } = stored.user
    return {
      account: {
        ...toUser(stored.user),
        email_verified_at: emailVerifiedAt?.toISOString() ?? null,
        disabled_at: disabledAt?.toISOString() ?? null,
      },
      factors: stored.factors.map(toFactor),
      recovery_codes: stored.recoveryCodes.map(toRecoveryCode),
      trusted_devices: stored.trustedDevices.map(toTrustedDevice),
      sessions: stored.sessions.map(toSession),
      links: stored.links.map(toLink),
      letters: stored.mails.map(toMail),
      events: stored.events.map(toEvent(userId)),
      next_cursor: stored.next ? cursors.write(stored.next) : null,
    }
  }
}
