/** The rule for URLs that never leave this machine. Plain http is safe for them, because no network carries it. */
import { parseUrl } from './parse-url.ts'

const host = String.raw`(localhost|127\.0\.0\.1|\[::1\]|[a-z0-9-]+\.localhost)(:\d+)?`
const origin = new RegExp(`^http://${host}$`)
const hostHeader = new RegExp(`^${host}$`)

/** Whether the text is an http origin of this machine, such as http://localhost:3000. */
export const isLocalOrigin = (text: string): boolean => origin.test(text)

/** The same for the origin of an address with a path. */
export const isLocalUrl = (text: string): boolean => isLocalOrigin(parseUrl(text)?.origin ?? '')

/** Whether the value of a Host header names this machine. */
export const isLocalHost = (text: string): boolean => hostHeader.test(text)
