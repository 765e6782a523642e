/** One line of curl for an operation, to be pasted into a shell. */
import type { OpenAPIV3_1 } from 'openapi-types'
import { exampleOf, requestExample } from './example.ts'
import type { Schemas } from './schemas.ts'

type Operation = OpenAPIV3_1.OperationObject
type Place = { baseUrl: string; path: string; method: string }

const quote = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`

/** The credential in the line of curl: an access token if the route takes one, or the credential of a service. */
function credential({ security = [] }: Operation): string[] {
  const [first] = security
  if (first && 'accessToken' in first) return ['-H "Authorization: Bearer $ACCESS_TOKEN"']
  return first && 'serviceCredential' in first ? ['-u "$SERVICE:$SECRET"'] : []
}

function body({ requestBody }: Operation, schemas: Schemas): string[] {
  if (!requestBody || !('content' in requestBody)) return []
  const json = requestBody.content['application/json']
  if (json) return [`--json ${quote(JSON.stringify(requestExample(json.schema, schemas)))}`]
  const forms = Object.values(requestBody.content).map(({ schema }) => requestExample(schema, schemas))
  return forms.map((form) => `-d ${quote(new URLSearchParams(form as Record<string, string>).toString())}`)
}

/** The path with examples in the place of its parameters. Of the query, only what the route needs. */
function address({ parameters = [] }: Operation, { baseUrl, path }: Place, schemas: Schemas): string {
  const valueOf = ({ example, schema }: OpenAPIV3_1.ParameterObject) => String(example ?? exampleOf(schema, schemas))
  const known = parameters.filter((parameter) => 'in' in parameter)
  const filled = known
    .filter((parameter) => parameter.in === 'path')
    .reduce((url, parameter) => url.replace(`{${parameter.name}}`, valueOf(parameter)), path)
  const needed = known.filter((parameter) => parameter.in === 'query' && parameter.required)
  const query = new URLSearchParams(needed.map((parameter) => [parameter.name, valueOf(parameter)]))
  return `${baseUrl}${filled}${needed.length > 0 ? `?${query}` : ''}`
}

/** The line. It is in bearer mode, because curl is no browser. */
export function curlOf(operation: Operation, place: Place, schemas: Schemas): string {
  const data = body(operation, schemas)
  const usual = data.length > 0 ? 'post' : 'get'
  const method = place.method === usual ? [] : [`-X ${place.method.toUpperCase()}`]
  const url = address(operation, place, schemas)
  return ['curl', ...method, /[?&]/.test(url) ? quote(url) : url, ...credential(operation), ...data].join(' ')
}
