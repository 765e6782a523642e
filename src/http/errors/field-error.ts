/** The faults of single members of a request. */

/**
 * The codes that an entry of `errors` can have, each with a text and the parameters of the text. A rule of a schema names its code as its
 * message.
 */
export const fieldCatalogue = {
  required: 'is required',
  unknown_member: 'is not a known member',
  wrong_type: 'must be {expected}',
  too_short: 'must have at least {min} characters',
  too_long: 'must have at most {max} characters',
  too_few: 'must have at least {min} entries',
  too_many: 'must have at most {max} entries',
  invalid: 'is not valid',
  too_small: 'must be at least {min}',
  too_large: 'must be at most {max}',
  not_allowed: 'must be one of: {allowed}',
  invalid_format: 'must be in the form {format}',
  invalid_uuid: 'must be a UUID',
  invalid_time: 'must be a time such as 2026-11-21T12:00:00Z',
  invalid_email: 'must be an email address',
  invalid_cursor: 'must be a cursor from an earlier page',
  invalid_role: 'must be up to 50 letters, digits and _ . : -',
  repeated_role: 'must not name a role twice',
  roles_too_long: 'are too long together for an access token',
  control_characters: 'must not contain control characters',
  broken_unicode: 'must be well-formed Unicode',
  before_1970: 'must be later than 1969',
  not_with_email: 'cannot be searched together with email',
  not_six_digits: 'must be six digits',
  not_two_digits: 'must be two digits',
  not_with_token: 'cannot be sent together with a token',
  not_with_other_proof: 'cannot be sent together with another proof',
  redirect_not_allowed: 'must be an address that this server may send links to',
  not_in_cookie_mode: 'is not for requests in cookie mode',
  nothing_to_verify: 'must be false for a user without an email',
  password_unchanged: 'must differ from the current password',
  password_required: 'must be given, because this link opens an account',
  password_too_short: 'must have at least {min} characters',
  password_common: 'must not be one of the most common passwords',
  password_contains_email: 'must not contain the name in your email address',
  password_service_name: 'must be more than the name of this service or of your mail domain',
  password_season: 'must be more than a season or month with a year',
  password_sequence: 'must be more than a sequence such as abcdef, 123456 or qwerty',
  password_repetition: 'must be more than a repetition such as aaaa or abcabc',
} as const satisfies Record<string, string>

export type FieldErrorCode = keyof typeof fieldCatalogue
export type FieldParams = Readonly<Record<string, string | number>>

/** A member of the request that is not valid. `path` is a JSON Pointer (RFC 6901) into the body. */
export type FieldError = { path: string; code: FieldErrorCode; params?: FieldParams; message: string }

// The types that `expected` can name, as the text names them.
const typeNames: Partial<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
}

/** The message of a rule of a schema: the code of the error. */
export const rule = (code: FieldErrorCode): string => code

/** The entry with the text of its code. */
export function fieldError(path: string, code: FieldErrorCode, params?: FieldParams): FieldError {
  const valueOf = (name: string) => (name === 'expected' ? typeNames[`${params?.[name]}`] : undefined) ?? params?.[name]
  const message = fieldCatalogue[code]
    .replaceAll(/\{(\w+)\}/g, (_, name: string) => String(valueOf(name)))
    .replace(/ 1 characters$/, ' 1 character')
  return { path, code, ...(params ? { params } : {}), message }
}
