/** The cursor: the end of a page, as a text that asks for the next page. An invented cursor shows nothing that the requester may not read. */
import { z } from 'zod'
import { invalidMember } from '../errors.ts'
import { rule } from './errors/field-error.ts'

/** The query members of every list with pages. */
export const paging = {
  cursor: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,4000}$/, rule('invalid_cursor'))
    .optional()
    .describe('The `next_cursor` of the page before, with the same filters.'),
  limit: z.coerce.number().int().min(1).max(100).default(50),
}

/** The member of the answer. */
export const nextCursor = z.string().nullable().describe('The cursor of the next page, or null on the last page.')

export type Cursors<Position extends z.ZodType> = {
  readonly write: (position: z.input<Position>) => string
  /** The position, or undefined without a cursor. Ends in `invalid_request` if the text is not a cursor of this list. */
  readonly read: (text: string | undefined) => z.output<Position> | undefined
}

/** The cursors of a list: its name and a position in it, in base64url. */
export function createCursors<Position extends z.ZodType>(name: string, position: Position): Cursors<Position> {
  const cursor = z.strictObject({ list: z.literal(name), place: z.unknown() })

  return {
    write: (at) => Buffer.from(JSON.stringify({ list: name, place: at })).toString('base64url'),

    read(text) {
      if (text === undefined) return undefined
      const read = cursor.safeParse(parse(Buffer.from(text, 'base64url').toString()))
      const at = position.safeParse(read.data?.place)
      if (at.success) return at.data
      throw invalidMember('/cursor', 'invalid_cursor')
    },
  }
}

/** Cuts the rows to a page. `last` is the last row of the page if there are more rows. Read one row more than fits. */
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
