/** The mailbox of an email, and how its budget is shared out. For the limits on mails. */
import type { Rate } from './rate.ts'

/**
 * The address without its tag: `ada@example.com` for `ada+shop@example.com` (RFC 5233). Many mail servers deliver both to one mailbox, and a
 * client can make up any number of tags. Give it the key of the email, so that case does not matter.
 */
export function mailboxOf(emailKey: string): { readonly mailbox: string; readonly isTagged: boolean } {
  const at = emailKey.lastIndexOf('@')
  const plus = emailKey.indexOf('+')
  // A plus sign in the first place leaves no name, so it begins no tag.
  if (plus < 1 || plus > at) return { mailbox: emailKey, isTagged: false }
  return { mailbox: emailKey.slice(0, plus) + emailKey.slice(at), isTagged: true }
}

/**
 * How many of the mails to a mailbox may go to emails with tags: in all, and for one client address. So made-up tags leave one mail for the
 * email without a tag, and one client leaves another for the owner of a tag. A budget of one or two mails cannot be shared out like that.
 */
export const sharesOfTags = ({ count, seconds }: Rate): { readonly all: Rate; readonly client: Rate } => ({
  all: { count: Math.max(1, count - 1), seconds },
  client: { count: Math.max(1, count - 2), seconds },
})
