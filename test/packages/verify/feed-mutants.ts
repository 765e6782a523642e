/** Deliberate breaks of how a service reads and follows the feed of revocations. Part of mutants.ts. */
import { breaks, type Mutant } from '../../setup/mutant.ts'

const feed = 'test/packages/verify/feed.test.ts'
const forged = 'test/faults/verify/forged-feed.test.ts'
const within = 'test/packages/verify/within-requests.test.ts'

const reader = 'packages/verify/src/feed-reader.ts'
const follow = 'packages/verify/src/follow-feed.ts'
const document = 'src/revocations/feed-document.ts'

export const feedMutants: readonly Mutant[] = [
  ...breaks(
    document,
    forged,
    [
      'nobody looks who signed',
      'const document = feedDocument.parse(check.payloadOf(text))',
      "const document = feedDocument.parse(JSON.parse(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString()))",
    ],
    ['revocations of any issuer', 'if (document.iss !== issuer)', 'if (!document.iss)'],
  ),
  ...breaks(
    reader,
    forged,
    ['an answer to any question', 'if (document.after !== from)', 'if (document.after === null)'],
    ['an answer of any time', 'if (ageMs > oldestAnswerMs || ', 'if ('],
    ['an answer from the future', 'ageMs > oldestAnswerMs || ageMs < -earliestAnswerMs', 'ageMs > oldestAnswerMs'],
    ['an answer is as new as its arrival', 'elapsed() - Math.max(ageMs, 0)', 'elapsed()'],
    ['any answer is an answer', 'if (status !== 200) throw', 'if (status > 599) throw'],
  ),
  ...breaks(
    follow,
    forged,
    ['a failure is repeated without pause', 'retryMs, onError', 'retryMs: 0, onError'],
    ['no news are asked for without pause', 'if (waited && entries', 'if (!waited && entries'],
    ['after a failure it waits for news', '      waits = false\n      throw', '      throw'],
  ),
  ...breaks(follow, 'test/faults/verify/quiet-feed.test.ts', [
    'a request for revocations is given up before its response',
    '(waitSeconds + 5) * 1000',
    '(waitSeconds - 2) * 1000',
  ]),
  ...breaks(
    reader,
    feed,
    ['no key is fetched for a document', '    await keys.prepare(header)\n', ''],
    ['entries are never removed', '      denylist.purge()\n', ''],
    ['a cursor that is refused is asked again', 'if (status === 400) after = undefined', ''],
    ['the cursor does not move', 'after = document.next', ''],
    ['it looks once a second', 'if (waitSeconds !== undefined) address', 'if (false) address'],
    [
      'revocations are not taken in',
      'denylist.add(toRevocation({ ...entry, at: Math.max(entry.at, heardAt) }))',
      'void [heardAt, entry, toRevocation]',
    ],
    ['a service is ready before it knows', 'isLoaded: () => freshAt !== undefined', 'isLoaded: () => true'],
    ['a page is all there is', 'if (document.more) return page', ''],
    ['a secret of another', '[credential.id, credential.secret].map', '[credential.id, credential.id].map'],
  ),
  ...breaks(document, feed, ['token versions are left out', 'minTokenVersion: tv ?? null', 'minTokenVersion: null']),
  ...breaks(reader, 'test/packages/verify/tolerance.test.ts', [
    'revocations get no tolerance',
    'Math.max(oldestAnswerMs, (toleranceSeconds + delaySeconds) * 1000)',
    'Math.min(oldestAnswerMs, (toleranceSeconds + delaySeconds) * 1000)',
  ]),
  ...breaks(
    'packages/verify/src/read-feed-within.ts',
    within,
    ['a worker reads the feed once', 'if (now < readAt + readEveryMs ||', 'if (readAt > 0 ||'],
    ['a worker reads the feed for every request', 'now < readAt + readEveryMs || ', ''],
    ['a worker asks a feed that fails without pause', ' || now < failedAt + retryMs', ''],
    [
      'a worker reads one page',
      'while ((await feed.read({ withinMs: answerWithinMs })).more);',
      'await feed.read({ withinMs: answerWithinMs })',
    ],
    ['every request of a worker reads a slow feed', 'return another ? undefined : read(now)', 'return read(now)'],
    ['a request of a worker relies on an old denylist', ' && now < readAt + goodForMs', ''],
  ),
]
