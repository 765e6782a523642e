/** GET requests to the issuer. They are bounded in time and size, and follow no redirects. */

type Answer = { status: number; headers: Headers; text: string }
type Limits = { withinMs: number; signal: AbortSignal; headers?: Record<string, string> }

// Several times the longest page of the feed. A hostile proxy must not be able to fill this service's memory.
const longestBytes = 8 * 1024 * 1024

/** Rejects if there is no answer in time, or if the answer is a redirect or too long. */
export async function get(address: string | URL, { withinMs, signal, headers = {} }: Limits): Promise<Answer> {
  const ends = AbortSignal.any([signal, AbortSignal.timeout(withinMs)])
  const response = await fetch(address, { headers, redirect: 'error', signal: ends })
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > longestBytes) throw new Error(`${new URL(address).pathname} answers more than ${longestBytes} bytes`)
    chunks.push(chunk)
  }
  return { status: response.status, headers: response.headers, text: Buffer.concat(chunks).toString() }
}
