/**
 * Access tokens of websockets. A browser cannot set the headers of a websocket, but its page may offer subprotocols (RFC 6455 §1.9). So it
 * offers `bearer.<token>` beside the protocol that it speaks. A token in the URL would stand in the logs of proxies.
 */
import { headerValues } from '../header-values.ts'
import type { RequestHead } from '../request-head.ts'

const protocols = 'sec-websocket-protocol'
const prefix = /^bearer\./i

const isWebsocket = ({ headers }: RequestHead) => headers.upgrade?.toLowerCase() === 'websocket'

/** Every subprotocol that the request offers. */
const offeredBy = (request: RequestHead): string[] =>
  headerValues(request, protocols).flatMap((value) => value.split(',').map((text) => text.trim()))

/** The tokens that a websocket offers, each as the value of an Authorization header. Other requests offer none. */
export const offeredTokens = (request: RequestHead): string[] =>
  isWebsocket(request)
    ? offeredBy(request).flatMap((text) => (prefix.test(text) ? [`Bearer ${text.replace(prefix, '')}`] : []))
    : []

/**
 * Takes the tokens out of `request.headers`. Libraries for websockets answer with the first protocol in that header if they are not told
 * which to choose, and would send the token back. Some logs hold the header too.
 */
export function hideOfferedTokens(request: RequestHead): void {
  const { headers } = request.raw
  const others = offeredBy(request).filter((text) => !prefix.test(text))
  if (others.length > 0) headers[protocols] = others.join(', ')
  else delete headers[protocols]
}
