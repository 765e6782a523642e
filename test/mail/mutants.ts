/** Deliberate breaks of the outbox. `npm run test:mutants` makes each and expects its test to fail. */
import { breaks, type Mutant } from '../setup/mutant.ts'

const sending = 'test/mail/sending.test.ts'
const letters = 'test/mail/letters.test.ts'
const killed = 'test/mail/killed.test.ts'

export const mutants: readonly Mutant[] = [
  ...breaks(
    'src/mail/mail-store.ts',
    sending,
    [
      'a claim is no claim: another node takes the letter too',
      "next_attempt_at = statement_timestamp() + $2 * interval '1 second'\n  FROM",
      "next_attempt_at = statement_timestamp() + $2 * interval '0 second'\n  FROM",
    ],
    ['sent letters stay', "'DELETE FROM mails WHERE id = $1'", "'SELECT FROM mails WHERE id = $1'"],
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
    ['a refusal for good is tried again', '(error instanceof DeliveryError && error.permanent)', 'false'],
    ['waits do not grow', '10 * 3 ** (attempts - 1)', '10'],
    ['waits grow without end', 'Math.min(10 * 3 ** (attempts - 1), 7200)', '(10 * 3 ** (attempts - 1))'],
    ['an attempt may take for ever', ', AbortSignal.timeout(attemptMs)])', '])'],
    ['a letter that fails is forgotten', 'else await fail(mail, error)', 'else await forget(mail.id)'],
    ['a stop waits for ever', 'cutOff.abort())', '{})'],
    [
      'a stop keeps what it claimed',
      'if (cutOff.signal.aborted) await store.release(mail)',
      'if (cutOff.signal.aborted) return',
    ],
    ['dead links are sent', 'mail.ageSeconds >= (letter.lifeSeconds ?? Infinity)', 'mail.ageSeconds < 0'],
    ['nobody is woken', 'wake: (): void => wake(),', 'wake: (): void => {},'],
    ['only told nodes look', 'await Promise.race([told, pause])', 'await told'],
  ),
  ...breaks('src/mail/send-mails.ts', killed, [
    'a letter is forgotten before it is sent',
    'await send(letter,',
    'await forget(mail.id)\n      await send(letter,',
  ]),
  ...breaks(
    'src/mail/smtp.ts',
    sending,
    ['a wrong password of ours kills letters', 'responseCode >= 500 && aboutTheLetter', 'responseCode >= 500'],
    ['what the server says is kept', 'return new DeliveryError(said,', 'return new DeliveryError(response,'],
  ),
  ...breaks('src/mail/smtp.ts', killed, [
    'a letter sent again has another Message-ID',
    'messageId: `<${id}@',
    'messageId: `<${Math.random()}@',
  ]),
  ...breaks(
    'src/mail/smtp.ts',
    letters,
    ['what follows the code is kept', "[responseCode, enhanced, 'to'", "[responseCode, response, 'to'"],
    ['brackets are taken out of addresses', 'if (/[<>]/.test(to))', 'if (false)'],
    ['an address is a list of addresses', "to: { name: '', address: to },", 'to,'],
  ),
  ...breaks(
    'src/http/html.ts',
    letters,
    ['nothing is escaped', "entities[character] ?? ''", 'character'],
    ['quotes are not', '[&<>"\']', '[&<>]'],
  ),
  ...breaks(
    'src/http/dev-mailbox.ts',
    letters,
    ['any name leads to the mailbox', 'thisMachine.test(host)\n', 'true\n'],
    ['another machine reads the mailbox', "!loopback.check(request.ip, isIPv6(request.ip) ? 'ipv6' : 'ipv4')", 'false'],
    ['addresses are not escaped', '<p>${escapeHtml(to)},', '<p>${to},'],
  ),
  ...breaks('src/use-cases.ts', letters, [
    'links lead to this server, whatever APP_URL says',
    'linksTo: config.appUrl ?? issuer',
    'linksTo: issuer',
  ]),
  ...breaks('src/mail/start-mail.ts', letters, [
    'mail goes to the log in production',
    'if (production && smtpUrl === undefined)',
    'if (false)',
  ]),
  ...breaks('src/mail/development-mailbox.ts', letters, ['the mailbox grows', 'kept.splice(mostKept)', '']),
]
