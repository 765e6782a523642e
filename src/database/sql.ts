/**
 * SQL as tagged templates. Ordinary reads and writes are Prisma client calls. Write a statement here if it must be one statement
 * (a decision on a row's latest version, a claim on a queue), or if it must be fast.
 *
 *   const endSession = statement('end-session', (p: Params<{ id: string; reason: string }>) => sql`
 *     UPDATE sessions SET revoked_at = statement_timestamp(), revoke_reason = ${p.reason} WHERE id = ${p.id}`)
 *   await pool.query(endSession({ id, reason }))
 *
 * The text of a statement is built once, from placeholders, before any value exists. So no value can become part of the text.
 */

const brand = Symbol('fragment')

/** A value that is known when the statement is executed. One placeholder is one `$n`, however often it is used. */
class Placeholder {
  readonly key: string
  constructor(key: string) {
    this.key = key
  }
}

/** A value that is known when the fragment is made. */
class Value {
  readonly value: unknown
  constructor(value: unknown) {
    this.value = value
  }
}

type Part = string | Placeholder | Value

/** A piece of SQL with its placeholders and values. Only `sql` makes one, so an object from a request never is one. */
export class Fragment {
  // A private member, so that no other object has this type.
  readonly #parts: readonly Part[]

  constructor(secret: typeof brand, parts: readonly Part[]) {
    if (secret !== brand) throw new TypeError('only the sql tag makes a fragment')
    this.#parts = parts
  }

  static partsOf(fragment: Fragment): readonly Part[] {
    return fragment.#parts
  }

  static is(value: unknown): value is Fragment {
    return typeof value === 'object' && value !== null && #parts in value
  }
}

declare const typeOf: unique symbol
/** A member of the parameters, as it stands in a statement. */
export type Param<T> = { readonly [typeOf]: T }
/** The placeholders of a statement, one for each member. */
export type Params<P> = { readonly [K in keyof P]-?: Param<P[K]> }

/** What pg takes for a prepared statement. */
export type PreparedQuery = { readonly name: string; readonly text: string; readonly values: unknown[] }

const partsOf = (interpolated: unknown): readonly Part[] => {
  if (Fragment.is(interpolated)) return Fragment.partsOf(interpolated)
  if (interpolated instanceof Placeholder) return [interpolated]
  return [new Value(interpolated)]
}

/**
 * A fragment of SQL. An interpolated fragment becomes part of the text. A placeholder or any other value becomes a parameter,
 * also a string.
 */
export function sql(strings: TemplateStringsArray, ...interpolated: readonly unknown[]): Fragment {
  return new Fragment(
    brand,
    strings.flatMap((text, i) => [text, ...(i < interpolated.length ? partsOf(interpolated[i]) : [])]),
  )
}

/** The fragments, with the separator between them. No fragments are an empty fragment. */
sql.join = (fragments: readonly Fragment[], separator: Fragment): Fragment =>
  new Fragment(
    brand,
    fragments.flatMap((fragment, i) => [...(i > 0 ? partsOf(separator) : []), ...partsOf(fragment)]),
  )

/** Numbers the placeholders in order of first use. */
function render(fragment: Fragment): { text: string; parameters: (Placeholder | Value)[] } {
  const parameters: (Placeholder | Value)[] = []
  const numberOf = (part: Placeholder | Value) => {
    const known = part instanceof Placeholder ? parameters.indexOf(part) : -1
    return known >= 0 ? known + 1 : parameters.push(part)
  }
  const text = Fragment.partsOf(fragment)
    .map((part) => (typeof part === 'string' ? part : `$${numberOf(part)}`))
    .join('')
  return { text, parameters }
}

/** A query without a name, for the few statements whose conditions vary from call to call. */
export function toQuery(fragment: Fragment): { text: string; values: unknown[] } {
  const { text, parameters } = render(fragment)
  const values = parameters.map((parameter) => {
    if (parameter instanceof Value) return parameter.value
    throw new TypeError(`the parameter ${parameter.key} has no value: it belongs into a statement`)
  })
  return { text, values }
}

/** The texts around the values, for libraries that number parameters themselves. */
export function toTemplate(fragment: Fragment): { strings: string[]; values: unknown[] } {
  const strings = ['']
  const values: unknown[] = []
  for (const part of Fragment.partsOf(fragment)) {
    if (typeof part === 'string') strings.push(`${strings.pop()}${part}`)
    else if (part instanceof Value) {
      strings.push('')
      values.push(part.value)
    } else throw new TypeError(`the parameter ${part.key} has no value: it belongs into a statement`)
  }
  return { strings, values }
}

const names = new Set<string>()

/**
 * A statement that Postgres prepares once for each connection, under this name. Returns a function from the parameters to the
 * query for pg. Throws where another statement has the name, or where a value stands in it that is no parameter.
 */
export function statement<P extends object>(
  name: string,
  build: (params: Params<P>) => Fragment,
): (params: P) => PreparedQuery {
  if (names.has(name)) throw new TypeError(`there are two statements called ${name}`)
  names.add(name)
  const placeholders = new Map<PropertyKey, Placeholder>()
  const placeholderOf = (key: PropertyKey) => {
    const known = placeholders.get(key) ?? new Placeholder(String(key))
    placeholders.set(key, known)
    return known
  }
  const { text, parameters } = render(build(new Proxy({}, { get: (_, key) => placeholderOf(key) }) as Params<P>))
  const keys = parameters.map((parameter) => {
    if (parameter instanceof Placeholder) return parameter.key as keyof P
    throw new TypeError(`a value stands in the statement ${name} that is no parameter`)
  })
  return (params) => ({ name, text, values: keys.map((key) => params[key]) })
}
