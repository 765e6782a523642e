/**
 * Finds passwords that are long but easy to guess: repetitions, sequences, a season or month with a year, and words that an attacker knows.
 * Each such part counts as one character. So a long sentence that holds one of them is still a good password.
 */

/** Why a password is easy to guess. */
export type Pattern = 'words' | 'season' | 'sequence' | 'repetition'

// A password with a part that is easy to guess needs this many characters beside it.
const leastBeside = 8
// One character that stands for a part that was found. No pattern and no word contains it.
const mark = '\u0000'

const lines = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890',
  // The rows of the keyboards of the English, German and French languages, and the columns of the first.
  'qwertyuiop',
  'asdfghjkl',
  'zxcvbnm',
  'qwertzuiop',
  'yxcvbnm',
  'azertyuiop',
  'qsdfghjklm',
  'wxcvbn',
  '!@#$%^&*()',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik',
  'qazwsxedcrfvtgbyhnujm',
]
const sequences = lines.flatMap((line) => [line, Array.from(line).toReversed().join('')])

const seasons =
  'spring|summer|autumn|fall|winter|january|february|march|april|may|june|july|august|september|october|november|december'
const year = String.raw`(?:(?:19|20)\d\d|\d\d)(?!\d)`
const between = String.raw`[^\p{L}\p{N}\u0000]{0,2}`
const seasonAndYear = new RegExp(
  `(?:${seasons})${between}${year}|(?<!\\d)(?:(?:19|20)\\d\\d|\\d\\d)${between}(?:${seasons})`,
  'gu',
)

// Four times the same character, three times the same two, or twice the same three or more. The bound keeps the search short.
const repetition = /([^\0])\1{3,}|([^\0]{2})\2{2,}|([^\0]{3,64}?)\3+/gu

/** The length of the longest part of a sequence that begins at `start`. Letters occur in words by chance, so a part of them is longer. */
function sequenceAt(text: string, start: number): number {
  const least = /\d/.test(text.charAt(start)) ? 4 : 5
  let longest = 0
  for (let end = start + least; end <= text.length; end++) {
    const part = text.slice(start, end)
    if (!sequences.some((sequence) => sequence.includes(part))) break
    longest = end - start
  }
  return longest
}

function withoutSequences(text: string): string {
  let rest = ''
  for (let i = 0; i < text.length; ) {
    const length = sequenceAt(text, i)
    rest += length > 0 ? mark : text.charAt(i)
    i += Math.max(1, length)
  }
  return rest
}

/** The text with one mark in place of every word. Longer words go first, so that `example.com` is found before `example`. */
function withoutWords(text: string, words: readonly string[]): string {
  const longestFirst = words.toSorted((one, other) => other.length - one.length)
  return longestFirst.reduce((rest, word) => rest.replaceAll(word, mark), text)
}

const lookalikes: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
}
// A digit beside another one belongs to a number.
const withLetters = (text: string) => text.replaceAll(/(?<!\d)[013457@$!](?!\d)/g, (sign) => lookalikes[sign] ?? sign)

/** What the words, seasons, sequences and repetitions leave of the text, in this order, and the first of them that was found. */
function remainder(text: string, words: readonly string[]): { rest: string; pattern: Pattern | undefined } {
  const steps: [Pattern, (text: string) => string][] = [
    ['words', (rest) => withoutWords(rest, words)],
    ['season', (rest) => rest.replaceAll(seasonAndYear, mark)],
    ['sequence', withoutSequences],
    // The repeated unit stays once. If it is a common word, the caller finds it.
    ['repetition', (rest) => rest.replaceAll(repetition, (_, one, two, more) => one ?? two ?? more)],
  ]
  let [rest, pattern]: [string, Pattern | undefined] = [text, undefined]
  for (const [name, step] of steps) {
    const next = step(rest)
    if (next !== rest) pattern ??= name
    rest = next
  }
  return { rest, pattern }
}

/**
 * The pattern that makes this password easy to guess, or undefined. The password and the words are in NFKC and lower case. `isCommon` says
 * whether the rest of a repetition is a common password.
 */
export function findPattern(
  password: string,
  words: readonly string[],
  isCommon: (text: string) => boolean,
): Pattern | undefined {
  for (const spelling of [password, withLetters(password)]) {
    const { rest, pattern } = remainder(spelling, words)
    if (pattern && (Array.from(rest).length < leastBeside || isCommon(rest))) return pattern
  }
  return undefined
}
