/** Examples of requests and answers, made of the schemas and of the `examples` that their members have. So they always fit. */
import type { Schemas } from './schemas.ts'

type Schema = {
  readonly $ref?: string
  readonly examples?: readonly unknown[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly oneOf?: readonly Schema[]
  readonly anyOf?: readonly Schema[]
  readonly type?: string | readonly string[]
  readonly format?: string
  readonly minimum?: number
  readonly default?: unknown
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
}

/** A value for a text that has no example of its own. The document has none: a test looks for it. */
export const noExample = 'an example is missing'

const byFormat: Readonly<Record<string, string>> = {
  uuid: '0190a5b6-7c3d-7e4f-8a1b-2c3d4e5f6071',
  'date-time': '2026-03-14T09:26:53.589Z',
}

function resolve(given: unknown, schemas: Schemas): Schema {
  const schema = given as Schema
  return schema.$ref === undefined ? schema : resolve(schemas[schema.$ref.split('/').at(-1) ?? ''], schemas)
}

const isNullable = ({ type }: Schema) => Array.isArray(type) && type.includes('null')

/** A value that fits the schema. An optional member is in it only if it has `examples` of its own. */
export function exampleOf(given: unknown, schemas: Schemas): unknown {
  const schema = resolve(given, schemas)
  if (schema.examples?.length) return schema.examples[0]
  if (schema.const !== undefined) return schema.const
  if (schema.enum?.length) return schema.enum[0]
  const [first] = schema.oneOf ?? schema.anyOf ?? []
  if (first) return exampleOf(first, schemas)
  if (schema.default !== undefined) return schema.default
  if (isNullable(schema) && !schema.properties) return null
  const type = typeof schema.type === 'string' ? schema.type : schema.type?.[0]
  if (type === 'object') return exampleObject(schema, schemas)
  if (type === 'array') return schema.items ? [exampleOf(schema.items, schemas)] : []
  if (type === 'integer' || type === 'number') return schema.minimum ?? 0
  if (type === 'boolean') return false
  if (type === 'string') return byFormat[schema.format ?? ''] ?? noExample
  return null
}

/** The body of a request that works everywhere: its own example, or what the route requires, or if that is nothing, what has `examples`. */
export function requestExample(given: unknown, schemas: Schemas): unknown {
  const schema = resolve(given, schemas)
  const { properties = {}, required = [] } = schema
  if (schema.examples?.length || required.length === 0) return exampleOf(schema, schemas)
  return Object.fromEntries(required.map((name) => [name, exampleOf(properties[name], schemas)]))
}

function exampleObject({ properties = {}, required = [] }: Schema, schemas: Schemas): Record<string, unknown> {
  const shown = Object.entries(properties).filter(([name, { examples }]) => required.includes(name) || examples?.length)
  return Object.fromEntries(shown.map(([name, member]) => [name, exampleOf(member, schemas)]))
}
