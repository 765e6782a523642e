/** The tables of docs/reference/errors.md: every error code, and the codes that each operation can answer. */
import { parse } from 'yaml'
import { catalogue, type ErrorCode, meaningOf } from '../src/errors.ts'
import { fieldCatalogue } from '../src/http/errors/field-error.ts'

type Content = { examples?: Record<string, unknown> }
type Operation = { responses: Record<string, { content?: Record<string, Content> }> }
type Document = { paths: Record<string, Record<string, Operation>> }
type Answers = { operation: string; codes: readonly string[] }

/** The codes that each operation can answer. The document has an example for each of them. */
function answersOf(openapi: string): Answers[] {
  const { paths } = parse(openapi) as Document
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { responses }]) => {
      const contents = Object.values(responses).flatMap(({ content = {} }) => Object.values(content))
      const codes = contents.flatMap(({ examples = {} }) => Object.keys(examples)).filter((code) => code in catalogue)
      return { operation: `${method.toUpperCase()} ${path}`, codes: [...new Set(codes)] }
    }),
  )
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
const list = (codes: readonly string[]) => codes.map((code) => `\`${code}\``).join(', ')

/** One row for each code, in the order of the catalogue. */
export function codeTable(): string {
  const rows = Object.entries(catalogue).map(([code, { status, retryable, detail }]) => {
    const meaning = meaningOf(code as ErrorCode)
    return [list([code]), String(status), retryable ? 'yes' : 'no', detail, meaning === detail ? '' : meaning]
  })
  return table(['code', 'status', 'retryable', 'text for users', 'for developers'], rows)
}

/** One row for each code of an entry of `errors`. */
export function fieldCodeTable(): string {
  const rows = Object.entries(fieldCatalogue).map(([code, message]) => [list([code]), message])
  return table(['code', 'text'], rows)
}

/**
 * One row for each operation. The codes that every operation can answer stand above the table, and so do the codes that
 * every operation with a body can answer. `openapi` is the document as YAML.
 */
export function operationTable(openapi: string): string {
  const answers = answersOf(openapi)
  const shared = (some: readonly Answers[]) =>
    Object.keys(catalogue).filter((code) => some.every(({ codes }) => codes.includes(code)))
  const everywhere = shared(answers)
  const readsBody = ({ codes }: Answers) => codes.includes('malformed_body')
  const withBody = shared(answers.filter(readsBody)).filter((code) => !everywhere.includes(code))
  const rows = answers.map((answer) => {
    const known = new Set([...everywhere, ...(readsBody(answer) ? withBody : [])])
    const others = answer.codes.filter((code) => !known.has(code))
    return [`\`${answer.operation}\``, readsBody(answer) ? 'yes' : 'no', list(others)]
  })
  return [
    `Every operation can answer ${list(everywhere)}.`,
    `Every operation that reads a body can also answer ${list(withBody)}.`,
    table(['operation', 'reads a body', 'also answers'], rows),
  ].join('\n\n')
}
