/** The rule for text that users type: all of Unicode, but no characters that Postgres or a log cannot hold. */
import { z } from 'zod'
import { rule } from './errors/field-error.ts'

/** At most `max` UTF-16 units, with no control characters and no half of a surrogate pair. */
export const text = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^\P{Cc}*$/u, rule('control_characters'))
    .refine((value) => value.isWellFormed(), rule('broken_unicode'))
