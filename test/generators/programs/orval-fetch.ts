/** The function through which the client of orval sends its requests. */
let baseUrl = ''
let send = fetch

export function useServer(at: string, through: typeof fetch): void {
  baseUrl = at
  send = through
}

export async function orvalFetch<T>(path: string, options: RequestInit): Promise<T> {
  const response = await send(`${baseUrl}${path}`, options)
  const text = await response.text()
  return { data: text === '' ? undefined : JSON.parse(text), status: response.status, headers: response.headers } as T
}
