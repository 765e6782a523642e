/** `redirect_to`, by which a client says to which of its pages the link in a mail leads. */
import { z } from 'zod'
import { invalidMember } from '../errors.ts'
import { findLinkTarget, type LinkTarget, longestLinkTarget } from './link-target.ts'

/** The member of a request that sends a mail with a link. */
export const redirectTo = z
  .string()
  .max(longestLinkTarget)
  .optional()
  .describe(
    'The address that the link in the mail leads to, within `LINK_TARGETS`. The token of the link follows it as `#token=`. Without it, the ' +
      'link leads to the usual page.',
  )
  .meta({ examples: ['https://app.example.com/auth/reset'] })

/**
 * The target of the link, or undefined if the client names none. Ends in `invalid_request` with `redirect_not_allowed` if it is not
 * within `LINK_TARGETS`, before anything is read about the email. So the answer tells nothing about it.
 */
export type RequireLinkTarget = (redirectTo: string | undefined) => LinkTarget | undefined

export const createRequireLinkTarget =
  (targets: readonly LinkTarget[]): RequireLinkTarget =>
  (wish) => {
    if (wish === undefined) return undefined
    const found = findLinkTarget(wish, targets)
    if (found === undefined) throw invalidMember('/redirect_to', 'redirect_not_allowed')
    return found
  }
