/** The rule for text that users type: all of Unicode, but no characters that Postgres or a log cannot hold. */
import { z } from 'zod'
import { rule } from './errors/field-error.ts'

/** At most `max` UTF-16 units, with no control characters and no half of a surrogate pair. */
export const text = (max: number) =>
  z
    .string()
    .max(max)
    // Not a pattern: the API document would show it, and many readers of patterns do not know the classes of Unicode.
    .refine((value) => !/\p{Cc}/u.test(value), rule('control_characters'))
    .refine((value) => value.isWellFormed(), rule('broken_unicode'))
