/** Sends one request to the server, and reads its answer. */
import type { Problem } from './api/types.ts'
import type { Mode } from './contract.ts'
import { deadline } from './deadline.ts'
import { ApiError, NetworkError } from './errors.ts'

export type SendOptions = { body?: object | undefined; accessToken?: string | undefined }

/**
 * Resolves with the JSON of the answer, or undefined for an answer without a body. Rejects with ApiError if the server refuses, and with
 * NetworkError if no answer comes in time.
 */
export type Send = (method: string, path: string, options?: SendOptions) => Promise<unknown>

type Dependencies = {
  baseUrl: string
  mode: Mode
  fetch: typeof globalThis.fetch
  /** Is told after each request whether an answer came. */
  onReach: (isReached: boolean) => void
}

// The server answers within seconds or refuses. Waiting longer only helps a broken connection.
const answerWithinMs = 20_000

export function createSend({ baseUrl, mode, fetch, onReach }: Dependencies): Send {
  return async function send(method, path, { body, accessToken } = {}) {
    const headers = new Headers({ 'X-Auth-Mode': mode })
    // A GET without this header needs no preflight.
    if (mode === 'cookie' && method === 'GET') headers.delete('X-Auth-Mode')
    if (body) headers.set('Content-Type', 'application/json')
    if (accessToken !== undefined) headers.set('Authorization', `Bearer ${accessToken}`)
    const { signal, clear } = deadline(answerWithinMs)
    let response: Response
    let text: string
    try {
      response = await fetch(`${baseUrl}${path}`, {
        method,
        headers,
        credentials: mode === 'cookie' ? 'include' : 'omit',
        cache: 'no-store',
        signal,
        ...(body && { body: JSON.stringify(body) }),
      })
      text = await response.text()
    } catch (cause) {
      onReach(false)
      throw new NetworkError(`No answer from ${baseUrl}.`, { cause })
    } finally {
      clear()
    }
    onReach(true)
    return readAnswer(response, text)
  }
}

/** The JSON of an answer, or undefined for an answer without a body. Throws ApiError if the server refuses. */
export function readAnswer({ ok, status }: Response, text: string): unknown {
  const json = parse(text)
  if (ok && (text === '' || json !== undefined)) return json
  if (!ok && isProblem(json)) throw new ApiError(json)
  // A proxy, or a page where a user signs in to a network, has answered in place of the server.
  const detail = 'The answer did not come from the server.'
  throw new ApiError({ code: 'unexpected_answer', status, detail, retryable: ok || status >= 500 || status === 429 })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isProblem(value: unknown): value is Problem {
  const { code, detail, retryable } = (value ?? {}) as Partial<Problem>
  return typeof code === 'string' && typeof detail === 'string' && typeof retryable === 'boolean'
}
