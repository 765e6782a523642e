/** Reads Set-Cookie lines as a browser without partitions does. */

/** The last line for each name. A line before it clears the cookie of the other kind, partitioned or not. */
export const lastOfEachName = (lines: readonly string[]): string[] => [
  ...new Map(lines.map((line) => [line.split('=', 1)[0], line])).values(),
]

/** The value of the Cookie header that follows this answer. */
export const cookiesAfter = ({ headers }: Pick<Response, 'headers'>): string =>
  lastOfEachName(headers.getSetCookie())
    .map((line) => line.split(';', 1)[0])
    .join('; ')
