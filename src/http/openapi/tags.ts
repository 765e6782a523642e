/** The tags of the document, in the order in which somebody meets them: a user first, then administrators, services and operators. */
import type { OpenAPIV3_1 } from 'openapi-types'

export const tags = [
  { name: 'Sign up', description: 'Open an account, and verify its email.' },
  { name: 'Sign in', description: 'Log in, refresh, enter the password again, and log out.' },
  { name: 'Sessions', description: 'The sessions of the signed-in user: this one, and those on other devices.' },
  { name: 'Account', description: 'Read, change, export or delete the signed-in user.' },
  { name: 'Passwords', description: 'Change a password, or set a new one by mail.' },
  { name: 'Factors', description: 'See, add, rename and remove second factors, and make recovery codes.' },
  {
    name: 'Administration',
    description: 'Users, the audit log and undelivered mails, for users with the role `admin`.',
  },
  { name: 'OAuth', description: 'Revocation and introspection, for clients and services that use standard OAuth.' },
  { name: 'Services', description: 'What other services need to verify access tokens: the keys, and the revocations.' },
  { name: 'Operations', description: 'For load balancers, orchestrators and monitoring.' },
]

const places = new Map(tags.map(({ name }, place) => [name, place]))

type Item = { readonly [method: string]: { readonly tags?: readonly string[] } }
const placeOf = (item: Item) =>
  Math.min(...Object.values(item).map((one) => places.get(one.tags?.[0] ?? '') ?? tags.length))

/** The document with its paths in the order of the tags, and otherwise in the order of the routes. */
export function inOrderOfTags(document: OpenAPIV3_1.Document): OpenAPIV3_1.Document {
  const paths = Object.entries(document.paths ?? {}) as [string, Item][]
  const sorted = paths.toSorted(([, one], [, other]) => placeOf(one) - placeOf(other))
  return { ...document, paths: Object.fromEntries(sorted) }
}
