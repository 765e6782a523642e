/** The schemas of the document: one of each, in the plainest form that OpenAPI 3.1 has. */
import type { OpenAPIV3_1 } from 'openapi-types'

type Document = OpenAPIV3_1.Document
type Json = { readonly [name: string]: unknown }
export type Schemas = Record<string, unknown>

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
const isNull = (value: unknown) => isObject(value) && value['type'] === 'null' && Object.keys(value).length === 1

/** `anyOf` of one schema and null becomes that schema with two types, which generators read as `T | null`. */
function withNull(schema: Json): Json {
  const { anyOf, ...rest } = schema
  if (!Array.isArray(anyOf) || anyOf.length !== 2 || !isNull(anyOf[1])) return schema
  const [value] = anyOf as [Json]
  const { type, enum: values } = value
  if (typeof type !== 'string') return schema
  return { ...value, ...rest, type: [type, 'null'], ...(Array.isArray(values) ? { enum: [...values, null] } : {}) }
}

// The format says the same as the pattern, and no person can read the pattern.
const saidByFormat = new Set(['uuid', 'date-time'])

function withoutNoise(schema: Json): Json {
  const { pattern, minimum, maximum, ...rest } = schema
  return {
    ...rest,
    ...(pattern === undefined || saidByFormat.has(String(schema['format'])) ? {} : { pattern }),
    ...(minimum === undefined || minimum === Number.MIN_SAFE_INTEGER ? {} : { minimum }),
    ...(maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? {} : { maximum }),
  }
}

/** The same value, with every schema in it in its plainest form. */
export function plain<T>(value: T): T
export function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((entry) => plain(entry))
  if (!isObject(value)) return value
  const inner = Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, plain(entry)]))
  // The members of a schema may be called `type`, so the name alone does not make a schema.
  const isSchema = typeof inner['type'] === 'string' || Array.isArray(inner['anyOf'])
  return isSchema ? withoutNoise(withNull(inner)) : inner
}

/** The zod provider writes each component twice, for input and output. This keeps one of each pair, and only used ones. */
export function pruneSchemas(document: Document): Document {
  const schemas: Schemas = document.components?.schemas ?? {}
  let text = JSON.stringify({ ...document, components: { ...document.components, schemas: undefined } })
  text = text.replaceAll(/"#\/components\/schemas\/(\w+)Input"/g, '"#/components/schemas/$1"')
  const kept: Schemas = {}
  const keep = (json: string) => {
    for (const [, name = ''] of json.matchAll(/#\/components\/schemas\/(\w+)/g)) {
      if (name in kept) continue
      kept[name] = schemas[name]
      keep(JSON.stringify(schemas[name]))
    }
  }
  keep(text)
  const pruned = JSON.parse(text) as Document
  const sorted = Object.fromEntries(Object.entries(kept).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  return { ...pruned, components: { ...pruned.components, schemas: sorted as never } }
}
