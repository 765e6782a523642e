import type { RequestHead } from './request-head.ts'

/** Every value of a header. `request.headers` keeps only the first of two Authorization headers. */
export function headerValues({ raw }: Pick<RequestHead, 'raw'>, name: string): string[] {
  const values: string[] = []
  for (let i = 0; i < raw.rawHeaders.length; i += 2) {
    if (raw.rawHeaders[i]?.toLowerCase() === name) values.push(raw.rawHeaders[i + 1] ?? '')
  }
  return values
}
