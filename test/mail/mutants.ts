/** Deliberate breaks of the outbox and the delivery of mails. Each of them must make its test fail. */
import { breaks, type Mutant } from '../setup/mutant.ts'

const sending = 'test/mail/sending.test.ts'
const mails = 'test/mail/mails.test.ts'
const killed = 'test/faults/mail/killed.test.ts'
const slow = 'test/faults/mail/slow.test.ts'
const claims = 'test/mail/mail-store.test.ts'
const secrets = 'test/mail/outbox.test.ts'
const prompt = 'test/faults/mail/prompt.test.ts'

export const mutants: readonly Mutant[] = [
  ...breaks(
    'src/mail/mail-store.ts',
    claims,
    [
      'a node that lost its claim changes the mail',
      'AND attempts = ${p.attempts} AND dead_at',
      'AND ${p.attempts}::int IS NOT NULL AND dead_at',
    ],
    ['a renewal makes a mail due earlier', 'greatest(m.next_attempt_at, ', 'greatest('],
  ),
  ...breaks('src/mail/attempt-delivery.ts', secrets, [
    'a mail is undeliverable if one node lacks its secret',
    "not known here', { permanent: false }",
    "not known here', { permanent: true }",
  ]),
  ...breaks('src/mail/outbox.ts', secrets, [
    'mails are sealed under the newest secret, which other nodes may lack',
    'JSON.stringify(content), secrets.indexInForce())',
    'JSON.stringify(content), 0 * secrets.indexInForce())',
  ]),
  ...breaks(
    'src/mail/mail-store.ts',
    sending,
    [
      'another node claims the same mail',
      `\${p.leaseSeconds} * interval '1 second'
  FROM due`,
      `\${p.leaseSeconds} * interval '0 second'
  FROM due`,
    ],
    ['sent mails stay', 'sql`DELETE FROM mails WHERE id = ${p.id}`', 'sql`SELECT FROM mails WHERE id = ${p.id}`'],
    [
      'undeliverable mails are tried again',
      'SELECT id FROM mails WHERE dead_at IS NULL AND next_attempt_at',
      'SELECT id FROM mails WHERE next_attempt_at',
    ],
    ['a claim that is given back counts as an attempt', 'SET attempts = attempts - 1,', 'SET attempts = attempts,'],
  ),
  ...breaks(
    'src/mail/send-mails.ts',
    sending,
    ['a mail is tried without end', 'attempts >= mostAttempts ||', ''],
    ['a mail is tried again after a permanent refusal', 'error instanceof DeliveryError && error.permanent', 'false'],
    ['the waits do not grow', '10 * 3 ** (attempts - 1)', '10'],
    ['the waits grow without end', 'Math.min(10 * 3 ** (attempts - 1), 7200)', '(10 * 3 ** (attempts - 1))'],
    ['a mail that fails is deleted', 'else await fail(mail, error, perhapsTaken)', 'else await forget(mail.id)'],
    ['a stop waits without end', 'stopping.abort())', '{})'],
    [
      'a stop keeps its claims',
      'if (stopping.signal.aborted && !perhapsTaken) await store.release(mail)',
      'if (stopping.signal.aborted) return',
    ],
    ['a node does not poll the outbox', 'pauseMs: () => Math.min(lookEveryMs, leaseMs / 3)', 'pauseMs: () => 3600_000'],
  ),
  ...breaks('src/mail/attempt-delivery.ts', sending, [
    'expired links are sent',
    'mail.ageSeconds >= (opened.lifeSeconds ?? Infinity)',
    'mail.ageSeconds < 0',
  ]),
  ...breaks('src/mail/send-mails.ts', prompt, [
    'a posted mail does not wake the sender',
    'wake: loop.wake,',
    'wake: (): void => {},',
  ]),
  ...breaks('src/mail/attempt-delivery.ts', prompt, [
    'an attempt has no time limit',
    'tooLong.abort(), patience.attemptMs)',
    '{}, patience.attemptMs)',
  ]),
  ...breaks('src/mail/send-mails.ts', killed, [
    'a mail is deleted before it is sent',
    'await taken\n',
    'await forget(mail.id)\n      await taken\n',
  ]),
  ...breaks(
    'src/mail/attempt-delivery.ts',
    slow,
    ['the time limit after the final dot is that before it', '      clearTimeout(timer)\n      timer', '      timer'],
    [
      'the answer after the final dot has no time limit',
      'tooLong.abort(), patience.answerMs)',
      '{}, patience.answerMs)',
    ],
    ['the attempt of a lost claim continues', 'if (!whole) tooLong.abort()', ''],
  ),
  ...breaks(
    'src/mail/send-mails.ts',
    slow,
    ['claims are not renewed', 'await renew().catch(onError)', ''],
    ['a lost claim is not noticed', 'if (now > leasedUntil) attempt.giveUp()', ''],
    [
      'a mail that was perhaps accepted is sent again at once',
      'perhapsTaken ? perhapsTakenPauseSeconds :',
      'false ? 0 :',
    ],
    ['a mail that was perhaps accepted is sent again and again', ' || (perhapsTaken && unanswered > 0)', ''],
    ['an undeliverable mail does not say that it may have arrived', '`${said}; perhaps taken before`', 'said'],
    [
      'a stop gives back a mail that the server has',
      'stopping.signal.aborted && !perhapsTaken',
      'stopping.signal.aborted',
    ],
    ['five slow mails delay the others', 'const mostAtOnce = 20', 'const mostAtOnce = 5'],
  ),
  ...breaks(
    'src/mail/mail-store.ts',
    slow,
    [
      'lost answers are not counted',
      'unanswered = unanswered + ${p.unanswered}',
      'unanswered = unanswered + 0 * ${p.unanswered}',
    ],
    ['a node renews the claim of another node', 'AND m.attempts = claim.attempts AND', 'AND'],
    [
      'an undeliverable mail about no user keeps its content',
      "CASE WHEN user_id IS NULL THEN '' ELSE sealed END",
      'sealed',
    ],
    ['an undeliverable mail about a user loses its content', "CASE WHEN user_id IS NULL THEN '' ELSE sealed END", "''"],
  ),
  ...breaks(
    'src/mail/smtp.ts',
    slow,
    ['a failure after the final dot counts as a failure before it', '    if (whole) {', '    if (false) {'],
    [
      'a refusal after the final dot does not count as an answer',
      'if (responseCode === undefined) {',
      'if (whole || responseCode === undefined) {',
    ],
  ),
  ...breaks(
    'src/mail/smtp.ts',
    sending,
    ['a wrong SMTP password makes mails undeliverable', 'responseCode >= 500 && aboutTheMail', 'responseCode >= 500'],
    [
      'the answer of the server is kept with the email address',
      'return new DeliveryError(said,',
      'return new DeliveryError(response,',
    ],
  ),
  ...breaks('src/mail/smtp.ts', killed, [
    'a mail that is sent again has another Message-ID',
    'messageId: `<${id}@',
    'messageId: `<${Math.random()}@',
  ]),
  ...breaks(
    'src/mail/smtp.ts',
    mails,
    ['the text after the code is kept', "[responseCode, enhanced, 'to'", "[responseCode, response, 'to'"],
    ['an address with angle brackets is sent', 'if (/[<>]/.test(to))', 'if (false)'],
    ['an address is parsed as a list of addresses', "to: { name: '', address: to },", 'to,'],
  ),
  ...breaks(
    'src/http/html.ts',
    mails,
    ['HTML is not escaped', "entities[character] ?? ''", 'character'],
    ['quotes are not escaped', '[&<>"\']', '[&<>]'],
  ),
  ...breaks('src/web/mailbox-page.ts', mails, [
    'addresses in the mailbox are not escaped',
    '<p>To ${escapeHtml(to)},',
    '<p>To ${to},',
  ]),
  ...breaks('src/app.ts', mails, ['links ignore APP_URL', 'linksTo: config.appUrl ?? issuer', 'linksTo: issuer']),
  ...breaks('src/mail/start-mail.ts', mails, [
    'mail goes to the log in production',
    'if (production && smtpUrl === undefined)',
    'if (false)',
  ]),
  ...breaks('src/mail/development-mailbox.ts', mails, ['the mailbox grows without end', 'kept.splice(mostKept)', '']),
  ...breaks('src/mail/smtp.ts', 'test/mail/smtp-tls.test.ts', [
    'a mail is sent in plain text',
    'requireTLS: requiresTls, ',
    '',
  ]),
  ...breaks(
    'src/mail/link-target.ts',
    'test/mail/link-target.test.ts',
    ['a prefix ends inside a segment', "each.endsWith('/') ? each : `${each}/`", 'each'],
    ['dotted segments pass', "segment === '.' || segment === '..'", 'segment === undefined'],
    ['percent signs pass', '(?:\\/[a-z0-9._~-]+)*', '(?:\\/[a-z0-9._~%-]+)*'],
    ['user names pass', '(?:[a-z0-9._-]+|', '(?:[a-z0-9._@:-]+|'],
    ['queries pass', '*\\/?)$/i', '*\\/?(?:\\?.*)?)$/i'],
    ['fragments pass', '*\\/?)$/i', '*\\/?(?:#.*)?)$/i'],
    ['empty segments pass', '*\\/?)$/i', '*\\/*)$/i'],
    [
      'a web address needs no slashes',
      "authority === undefined || authority === '//' ? null",
      "authority === '//' ? null",
    ],
    ['scripts pass as apps', 'refusedSchemes.has(name) ||', ''],
    ['scripts in capitals pass as apps', 'refusedSchemes.has(name) ||', 'refusedSchemes.has(scheme) ||'],
    [
      'ports do not matter',
      'target(`${url.origin}${url.pathname}`)',
      'target(`${url.protocol}//${url.hostname}${url.pathname}`)',
    ],
    ['an address has any length', ' || text.length > longestLinkTarget', ''],
    [
      'every address passes',
      'found !== undefined && targets.some((each) => isWithin(found, each))',
      'found !== undefined',
    ],
  ),
  ...breaks(
    'src/mail/redirect-to.ts',
    'test/mail/redirect-to.test.ts',
    [
      'a refused address is ignored',
      "if (found === undefined) throw invalidMember('/redirect_to', 'redirect_not_allowed')\n",
      '',
    ],
    ['every wish leads to the usual page', '    return found\n', '    return undefined\n'],
  ),
  ...breaks('src/passwords/request-reset.ts', 'test/mail/redirect-to.test.ts', [
    'a refused redirect_to is found after the answer',
    'const page = requireLinkTarget(redirectTo)\n',
    'const page = redirectTo as LinkTarget | undefined\n',
  ]),
  ...breaks('src/http/create-edge.ts', 'test/http/browser/cors.test.ts', [
    'pages of LINK_TARGETS may not send the token of a link',
    '[appUrl]), ...linkTargets]',
    '[appUrl])]',
  ]),
  ...breaks('src/config/setting-conflicts.ts', 'test/mail/link-target.test.ts', [
    'links lead to plain http in production',
    'env.LINK_TARGETS?.some(isPlain)',
    'false',
  ]),
]
