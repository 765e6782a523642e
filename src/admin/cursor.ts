/** Where a page of a list ends, as the text that asks for the next one. Whoever makes one up reads what they may read anyway. */
import { z } from 'zod'
import { AppError } from '../errors.ts'

/** The query members of every list that comes in pages. */
export const paging = {
  cursor: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,4000}$/, 'must be the `next_cursor` of the page before')
    .optional()
    .describe('The `next_cursor` of the page before, with the same filters.'),
  limit: z.coerce.number().int().min(1).max(100).default(50),
}

/** The answer's member. */
export const nextCursor = z.string().nullable().describe('Asks for the next page; null on the last one.')

/** A list's cursors: its name and a place in it, a small object of this shape, in base64url. */
export function createCursors<Place extends z.ZodType>(name: string, place: Place) {
  const cursor = z.strictObject({ list: z.literal(name), place: z.unknown() })

  return {
    write: (at: z.input<Place>): string => Buffer.from(JSON.stringify({ list: name, place: at })).toString('base64url'),

    /** Ends in `invalid_request` where the text is not one of ours. */
    read(text: string | undefined): z.output<Place> | undefined {
      if (text === undefined) return undefined
      const read = cursor.safeParse(parse(Buffer.from(text, 'base64url').toString()))
      const at = place.safeParse(read.data?.place)
      if (at.success) return at.data
      const errors = [{ path: '/cursor', message: 'must be the `next_cursor` of the page before' }]
      throw new AppError('invalid_request', { errors })
    },
  }
}

/** A page of what was read with one row more than fits, and the last row of it where there are more. */
export function cutPage<Row>(rows: readonly Row[], limit: number): { page: readonly Row[]; last: Row | undefined } {
  const page = rows.slice(0, limit)
  return { page, last: rows.length > limit ? page.at(-1) : undefined }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
