/**
 * Finds the link that a client means: by its token, or by the code in the same mail. A code is only a second way to name the link. The
 * statement that uses the link up decides for both, so each mail works once.
 */
import { AppError } from '../errors.ts'
import type { RequestContext } from '../http/request-context.ts'
import type { Limits } from '../limits/limits.ts'
import { oneTimeTokenHash } from '../tokens/one-time-token.ts'
import type { EmailCodes } from './email-code.ts'
import type { EmailCodeStore } from './email-code-store.ts'
import type { LinkProof } from './link-proof.ts'

type Dependencies = {
  codes: Pick<EmailCodes, 'read'>
  codeStore: EmailCodeStore
  limits: Pick<Limits, 'emailCode'>
}

/**
 * The hash of the token of the link. It tells nothing about the link: the store that uses it up decides. Ends in `invalid_one_time_token`
 * if the text is no token. Ends in `invalid_code` if the code is wrong, has expired, was tried five times, or belongs to a mail that was
 * never sent. Ends in `rate_limited` after too many wrong codes from the client address or for the mailbox.
 */
export type FindLink = (proof: LinkProof, context: RequestContext) => Promise<Buffer>

export function createFindLink({ codes, codeStore, limits }: Dependencies): FindLink {
  async function findByCode(verificationId: string, code: string, context: RequestContext): Promise<Buffer> {
    const given = codes.read(verificationId, code)
    const mailbox = given && (await codeStore.findMailbox(given.id))
    const attempt = async () => {
      const tried = given && (await codeStore.attempt(given.id, given.hashes, context))
      const link = tried?.matches ? tried.link : null
      return { matches: link !== null, link }
    }
    const { link } = await limits.emailCode({ mailbox: mailbox?.toString('base64url'), ip: context.ip }, attempt)
    if (link === null) throw new AppError('invalid_code')
    return link
  }

  return async function findLink({ token, verification_id: verificationId, code }, context) {
    if (token === undefined) return findByCode(verificationId ?? '', code ?? '', context)
    const hash = oneTimeTokenHash(token)
    if (!hash) throw new AppError('invalid_one_time_token')
    return hash
  }
}
