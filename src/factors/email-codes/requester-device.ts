/** The browser and the system of a client, as the user sees them before they approve a sign-in. */
import Bowser from 'bowser'

const longestUserAgent = 500
const browsers = new Set(Object.values(Bowser.BROWSER_MAP))
const systems = new Set(Object.values(Bowser.OS_MAP))

/**
 * For example "Firefox on Windows". It has names of known browsers and systems only: a stranger may ask for a sign-in, chooses the User-Agent
 * header, and could write the number of the sign-in there, with a request to enter it.
 */
export function requesterDevice(userAgent: string | undefined): string {
  if (!userAgent) return 'An unknown app'
  const { browser, os } = Bowser.parse(userAgent.slice(0, longestUserAgent))
  const name = browser.name !== undefined && browsers.has(browser.name) ? browser.name : 'An app'
  return os.name !== undefined && systems.has(os.name) ? `${name} on ${os.name}` : name
}
