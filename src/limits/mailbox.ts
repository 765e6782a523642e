/** The mailbox of an email, for the limits on mails. */

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
