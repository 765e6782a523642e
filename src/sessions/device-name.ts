/** What a person would call the device they logged in on: a guess, for them to tell their sessions apart. */
import Bowser from 'bowser'

const longestUserAgent = 500
const unknown = 'Unknown device'

/** Such as "Firefox on Windows", or the app's own name and version. Anybody can say anything here: it decides nothing. */
export function deviceName(userAgent: string | undefined): string {
  if (!userAgent) return unknown
  const { browser, os, platform } = Bowser.parse(userAgent.slice(0, longestUserAgent))
  const where = [platform.model ?? os.name].filter(Boolean).join()
  if (browser.name && where) return `${browser.name} on ${where}`
  // An app's own HTTP library: its first word, if that can be shown to people.
  return browser.name || (/^[\w .-]{1,40}/.exec(userAgent)?.[0].trim() ?? '') || unknown
}
