/** A name for the device of a session, so that users can tell their sessions apart. It is a guess from the User-Agent header. */
import Bowser from 'bowser'

const longestUserAgent = 500
const unknown = 'Unknown device'

/** For example "Firefox on Windows", or the name and version of an app. A client can send any text, so nothing depends on it. */
export function deviceName(userAgent: string | undefined): string {
  if (!userAgent) return unknown
  const { browser, os, platform } = Bowser.parse(userAgent.slice(0, longestUserAgent))
  const where = [platform.model ?? os.name].filter(Boolean).join()
  if (browser.name && where) return `${browser.name} on ${where}`
  // The User-Agent of an app: its first word, if that can be shown to users.
  return browser.name || (/^[\w .-]{1,40}/.exec(userAgent)?.[0].trim() ?? '') || unknown
}
