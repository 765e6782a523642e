/** The vectors of RFC 4226 and RFC 6238, and the steps that a code may belong to. */
import t from 'tap'
import { type CodeForm, codeOf, stepAt, stepOf } from '../../../src/factors/totp/one-time-password.ts'

const digits = '1234567890'.repeat(7)
const secret = Buffer.from(digits.slice(0, 20))

t.test('RFC 4226, appendix D', async (t) => {
  const codes = '755224 287082 359152 969429 338314 254676 287922 162583 399871 520489'.split(' ')
  t.same(
    codes.map((_, counter) => codeOf(secret, counter)),
    codes,
  )
})

// The secrets are as long as the digest (RFC 6238, errata 2866).
const lengths = { sha1: 20, sha256: 32, sha512: 64 } as const
const vectors: readonly [seconds: number, sha1: string, sha256: string, sha512: string][] = [
  [59, '94287082', '46119246', '90693936'],
  [1_111_111_109, '07081804', '68084774', '25091201'],
  [1_111_111_111, '14050471', '67062674', '99943326'],
  [1_234_567_890, '89005924', '91819424', '93441116'],
  [2_000_000_000, '69279037', '90698825', '38618901'],
  [20_000_000_000, '65353130', '77737706', '47863826'],
]
for (const [seconds, ...codes] of vectors) {
  t.test(`RFC 6238, appendix B: ${seconds} seconds`, async (t) => {
    for (const [i, algorithm] of (['sha1', 'sha256', 'sha512'] as const).entries()) {
      const form: CodeForm = { digits: 8, algorithm }
      t.equal(codeOf(Buffer.from(digits.slice(0, lengths[algorithm])), stepAt(seconds * 1000), form), codes[i])
    }
    const step = stepAt(seconds * 1000)
    t.equal(codeOf(secret, step), codes[0].slice(2), 'the usual six digits are the last ones of the eight')
    t.equal(stepOf(secret, codes[0].slice(2), { now: seconds * 1000, after: undefined }), step)
  })
}

const now = 1_000_000 * 30_000 + 12_345
const at = (step: number) => codeOf(secret, 1_000_000 + step)
const find = (code: string, after?: number) => stepOf(secret, code, { now, after })

t.test('a code of the present step, or of the one before or after it, is found', async (t) => {
  t.equal(find(at(0)), 1_000_000)
  t.equal(find(at(-1)), 999_999)
  t.equal(find(at(1)), 1_000_001)
  t.equal(find(at(-2)), undefined)
  t.equal(find(at(2)), undefined)
})

t.test('the first and the last millisecond of a step belong to it', async (t) => {
  for (const [ms, known] of [
    [0, [-1, 0, 1]],
    [29_999, [-1, 0, 1]],
    [30_000, [0, 1, 2]],
  ] as const) {
    const found = [-2, -1, 0, 1, 2].filter((step) =>
      stepOf(secret, at(step), { now: 1_000_000 * 30_000 + ms, after: undefined }),
    )
    t.same(found, known, `${ms} ms`)
  }
})

t.test('a step is used once, and no step before it', async (t) => {
  t.equal(find(at(0), 1_000_000), undefined)
  t.equal(find(at(-1), 1_000_000), undefined)
  t.equal(find(at(1), 1_000_000), 1_000_001)
  t.equal(find(at(0), 999_999), 1_000_000)
})

t.test('whatever is no code of six digits is wrong', async (t) => {
  const right = at(0)
  for (const text of ['', right.slice(1), `${right}0`, ` ${right}`, `${right}\n`, '１２３４５６', '\u{1f600}']) {
    t.equal(find(text), undefined, JSON.stringify(text))
  }
})
