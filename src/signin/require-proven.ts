/** Turns the reason why a statement used nothing up into an error. */
import { AppError } from '../errors.ts'
import type { Unproven } from '../sessions/spent-proof-sql.ts'

/** Ends in `invalid_factor` if a code or challenge was used up already, and in `attempt_ended` if the attempt is over. */
export function requireProven<T extends object>(result: T | Unproven | undefined): asserts result is T | undefined {
  if (result === 'not_consumed') throw new AppError('invalid_factor')
  if (result === 'ended') throw new AppError('attempt_ended')
}
