/** The pieces of a stored hash: numbers, bytes in base64, and the comparison of the bytes. */
import { timingSafeEqual } from 'node:crypto'

/** The parameters of `m=65536,t=3,p=4`, or undefined if one is no whole number, is unknown or occurs twice. */
export function numbersOf<Name extends string>(text: string, names: readonly Name[]): Record<Name, number> | undefined {
  const pairs = text.split(',').map((pair) => /^([a-z]+)=(\d{1,10})$/.exec(pair))
  const found = new Map(pairs.map((match) => [match?.[1], Number(match?.[2])]))
  if (found.size !== names.length || pairs.length !== names.length || names.some((name) => !found.has(name)))
    return undefined
  return Object.fromEntries(found) as Record<Name, number>
}

const base64 = /^[A-Za-z0-9+/._-]+={0,2}$/

/** The bytes of a text in any of the usual alphabets of base64, or undefined if the text is another one or its length is outside. */
export function bytesOf(text: string | undefined, least: number, most: number): Buffer | undefined {
  if (text === undefined || !base64.test(text)) return undefined
  const bytes = Buffer.from(text.replaceAll('.', '+'), 'base64')
  return bytes.length >= least && bytes.length <= most ? bytes : undefined
}

// A hash that was cut to a few bytes would match many passwords.
export const shortestHash = 16
export const longestHash = 128

export const isSame = (one: Buffer, other: Buffer): boolean =>
  one.length === other.length && timingSafeEqual(one, other)
