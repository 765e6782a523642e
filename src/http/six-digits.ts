/** A code of six digits, as apps and mails have it. */
import { z } from 'zod'
import { rule } from './errors/field-error.ts'

const shape = /^\d{6}$/

export const isSixDigits = (text: string): boolean => shape.test(text)

export const sixDigits = z.string().regex(shape, rule('not_six_digits'))
