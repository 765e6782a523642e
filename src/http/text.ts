/** Text that people type, as every route accepts it: whole Unicode, nothing that Postgres or a log would choke on. */
import { z } from 'zod'

/** At most `max` UTF-16 units, with no control characters and no half of a surrogate pair. */
export const text = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^\P{Cc}*$/u, 'must not contain control characters')
    .refine((value) => value.isWellFormed(), 'must be well-formed Unicode')
