/** Deliberate breaks of the outbox. `npm run test:mutants` makes each and expects its test to fail. */
import { breaks, type Mutant } from '../setup/mutant.ts'

const sending = 'test/mail/sending.test.ts'
const mails = 'test/mail/letters.test.ts'
const killed = 'test/faults/mail/killed.test.ts'
const slow = 'test/faults/mail/slow.test.ts'
const prompt = 'test/faults/mail/prompt.test.ts'

export const mutants: readonly Mutant[] = [
  ...breaks(
    'src/mail/mail-store.ts',
    sending,
    [
      'a claim is no claim: another node takes the mail too',
      `\${p.leaseSeconds} * interval '1 second'
  FROM due`,
      `\${p.leaseSeconds} * interval '0 second'
  FROM due`,
    ],
    ['sent mails stay', 'sql`DELETE FROM mails WHERE id = ${p.id}`', 'sql`SELECT FROM mails WHERE id = ${p.id}`'],
    [
      'the dead are tried again',
      'SELECT id FROM mails WHERE dead_at IS NULL AND next_attempt_at',
      'SELECT id FROM mails WHERE next_attempt_at',
    ],
    ['what was not tried counts as tried', 'SET attempts = attempts - 1,', 'SET attempts = attempts,'],
  ),
  ...breaks(
    'src/mail/send-mails.ts',
    sending,
    ['nobody is given up', 'attempts >= mostAttempts ||', ''],
    ['a refusal for good is tried again', 'error instanceof DeliveryError && error.permanent', 'false'],
    ['waits do not grow', '10 * 3 ** (attempts - 1)', '10'],
    ['waits grow without end', 'Math.min(10 * 3 ** (attempts - 1), 7200)', '(10 * 3 ** (attempts - 1))'],
    ['a letter that fails is forgotten', 'else await fail(mail, error, perhapsTaken)', 'else await forget(mail.id)'],
    ['a stop waits for ever', 'stopping.abort())', '{})'],
    [
      'a stop keeps what it claimed',
      'if (stopping.signal.aborted && !perhapsTaken) await store.release(mail)',
      'if (stopping.signal.aborted) return',
    ],
    ['only told nodes look', 'pauseMs: () => Math.min(lookEveryMs, leaseMs / 3)', 'pauseMs: () => 3600_000'],
  ),
  ...breaks('src/mail/attempt-delivery.ts', sending, [
    'expired links are sent',
    'mail.ageSeconds >= (opened.lifeSeconds ?? Infinity)',
    'mail.ageSeconds < 0',
  ]),
  ...breaks('src/mail/send-mails.ts', prompt, ['nobody is woken', 'wake: loop.wake,', 'wake: (): void => {},']),
  ...breaks('src/mail/attempt-delivery.ts', prompt, [
    'an attempt may take for ever',
    'tooLong.abort(), patience.attemptMs)',
    '{}, patience.attemptMs)',
  ]),
  ...breaks('src/mail/send-mails.ts', killed, [
    'a letter is forgotten before it is sent',
    'await taken\n',
    'await forget(mail.id)\n      await taken\n',
  ]),
  ...breaks(
    'src/mail/attempt-delivery.ts',
    slow,
    ['no more patience after the final dot than before', '      clearTimeout(timer)\n      timer', '      timer'],
    ['the answer is waited for without end', 'tooLong.abort(), patience.answerMs)', '{}, patience.answerMs)'],
    ['a claim that is lost goes on', 'if (!whole) tooLong.abort()', ''],
  ),
  ...breaks(
    'src/mail/send-mails.ts',
    slow,
    ['claims are not renewed', 'await renew().catch(onError)', ''],
    ['nobody looks whether the claim is lost', 'if (now > leasedUntil) attempt.giveUp()', ''],
    ['a letter that is perhaps taken is sent at once', 'perhapsTaken ? perhapsTakenPauseSeconds :', 'false ? 0 :'],
    ['one that is perhaps taken is sent again and again', ' || (perhapsTaken && unanswered > 0)', ''],
    ['a dead letter does not say that it may have arrived', '`${said}; perhaps taken before`', 'said'],
    [
      'at a stop, what a server has is given back',
      'stopping.signal.aborted && !perhapsTaken',
      'stopping.signal.aborted',
    ],
    ['five slow letters hold up the rest', 'const mostAtOnce = 20', 'const mostAtOnce = 5'],
  ),
  ...breaks(
    'src/mail/mail-store.ts',
    slow,
    [
      'lost answers are not counted',
      'unanswered = unanswered + ${p.unanswered}',
      'unanswered = unanswered + 0 * ${p.unanswered}',
    ],
    ['any claim may be renewed', 'AND m.attempts = claim.attempts AND', 'AND'],
    ['letters about nobody keep their words', "CASE WHEN user_id IS NULL THEN '' ELSE sealed END", 'sealed'],
    ['letters about somebody lose them', "CASE WHEN user_id IS NULL THEN '' ELSE sealed END", "''"],
  ),
  ...breaks(
    'src/mail/smtp.ts',
    slow,
    ['a letter that is whole is no more taken than before', '    if (whole) {', '    if (false) {'],
    [
      'a refusal after the final dot is no answer',
      'if (responseCode === undefined) {',
      'if (whole || responseCode === undefined) {',
    ],
  ),
  ...breaks(
    'src/mail/smtp.ts',
    sending,
    ['a wrong SMTP password makes mails undeliverable', 'responseCode >= 500 && aboutTheMail', 'responseCode >= 500'],
    ['what the server says is kept', 'return new DeliveryError(said,', 'return new DeliveryError(response,'],
  ),
  ...breaks('src/mail/smtp.ts', killed, [
    'a letter sent again has another Message-ID',
    'messageId: `<${id}@',
    'messageId: `<${Math.random()}@',
  ]),
  ...breaks(
    'src/mail/smtp.ts',
    mails,
    ['what follows the code is kept', "[responseCode, enhanced, 'to'", "[responseCode, response, 'to'"],
    ['brackets are taken out of addresses', 'if (/[<>]/.test(to))', 'if (false)'],
    ['an address is a list of addresses', "to: { name: '', address: to },", 'to,'],
  ),
  ...breaks(
    'src/http/html.ts',
    mails,
    ['nothing is escaped', "entities[character] ?? ''", 'character'],
    ['quotes are not', '[&<>"\']', '[&<>]'],
  ),
  ...breaks(
    'src/web/routes.ts',
    mails,
    ['any name leads to the mailbox', 'isLocalHost(host)\n', 'true\n'],
    ['another machine reads the mailbox', "!loopback.check(request.ip, isIPv6(request.ip) ? 'ipv6' : 'ipv4')", 'false'],
  ),
  ...breaks('src/web/mailbox-page.ts', mails, ['addresses are not escaped', '<p>${escapeHtml(to)},', '<p>${to},']),
  ...breaks('src/app.ts', mails, [
    'links lead to this server, whatever APP_URL says',
    'linksTo: config.appUrl ?? issuer',
    'linksTo: issuer',
  ]),
  ...breaks('src/mail/start-mail.ts', mails, [
    'mail goes to the log in production',
    'if (production && smtpUrl === undefined)',
    'if (false)',
  ]),
  ...breaks('src/mail/development-mailbox.ts', mails, ['the mailbox grows', 'kept.splice(mostKept)', '']),
]
