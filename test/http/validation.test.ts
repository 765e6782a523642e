/** Errors of a request are worded for the user who fills in a form. */
import t from 'tap'
import { z } from 'zod'
import { registration } from '../../src/accounts/account.ts'
import { auditQuery, userChange, userQuery } from '../../src/admin/wire.ts'
import { auditTypes } from '../../src/audit/audit-event.ts'
import { type AppError } from '../../src/errors.ts'
import { fieldError } from '../../src/http/errors/field-error.ts'
import { validate } from '../../src/http/validation.ts'

/** The errors for a body, as `path message`. Each has a code of the catalogue, and its message is the text of the code. */
function faults(schema: z.ZodType, body: unknown): string[] {
  const route = { method: 'POST', url: '/', httpPart: 'body' }
  const result = validate({ schema, ...route })(body) as { error?: AppError }
  return (result.error?.errors ?? []).map(({ path, code, params, message }) => {
    t.same(fieldError(path, code, params).message, message)
    t.notMatch(message, /[{}]|undefined/)
    return `${path} ${message}`
  })
}

const good = { email: 'ada@example.com', password: 'correct horse battery staple' }
const cases: [z.ZodType, unknown, string[]][] = [
  [registration, undefined, [' is required']],
  [registration, [], [' must be an object']],
  [registration, {}, ['/email is required', '/password is required']],
  [registration, { ...good, email: null }, ['/email must be a string']],
  [registration, { ...good, password: 'short' }, ['/password must have at least 8 characters']],
  [registration, { ...good, password: 'x'.repeat(300) }, ['/password must have at most 256 characters']],
  [registration, { ...good, name: ' ' }, ['/name must have at least 1 character']],
  [registration, { ...good, role: 'admin' }, ['/role is not a known member']],
  [userChange, { disabled: 'yes', roles: 'admin' }, ['/roles must be a list', '/disabled must be true or false']],
  [userChange, { roles: Array.from({ length: 51 }, (_, i) => `r${i}`) }, ['/roles must have at most 50 entries']],
  [
    userQuery,
    { limit: '101', disabled: 'no' },
    ['/disabled must be one of: true, false', '/limit must be at most 100'],
  ],
  [
    auditQuery,
    { actor_id: 'me', type: 'x' },
    ['/actor_id must be a UUID', `/type must be one of: ${auditTypes.join(', ')}`],
  ],
  [z.object({ n: z.int() }), { n: 1.5 }, ['/n must be a whole number']],
]

for (const [schema, body, expected] of cases) {
  t.test(`${(JSON.stringify(body) ?? 'nothing').slice(0, 60)}: ${expected.join(', ')}`, async (t) => {
    const found = faults(schema, body)
    for (const fault of expected) t.ok(found.includes(fault), `${fault}, among ${JSON.stringify(found)}`)
    t.notMatch(found.join('\n'), /invalid|expected|received|too (small|big)/i)
  })
}
