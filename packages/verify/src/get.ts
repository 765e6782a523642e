/** GET requests to the issuer. They are bounded in time and size, and follow no redirects. */

type Answer = { status: number; headers: Headers; text: string }
type Limits = { withinMs: number; signal?: AbortSignal; headers?: Record<string, string> }

// Several times the longest page of the feed. A hostile proxy must not be able to fill this service's memory.
const longestBytes = 8 * 1024 * 1024

/** Rejects if there is no answer in time, or if the answer is too long. A redirect is an answer like others. */
export async function get(address: string | URL, { withinMs, signal, headers = {} }: Limits): Promise<Answer> {
  const late = AbortSignal.timeout(withinMs)
  const ends = signal ? AbortSignal.any([signal, late]) : late
  // Workers know no `redirect: 'error'`.
  const response = await fetch(address, { headers, redirect: 'manual', signal: ends })
  const toText = new TextDecoder()
  let text = ''
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > longestBytes) throw new Error(`${new URL(address).pathname} answers more than ${longestBytes} bytes`)
    text += toText.decode(chunk, { stream: true })
  }
  return { status: response.status, headers: response.headers, text: text + toText.decode() }
}
