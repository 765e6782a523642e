/** What a sign-in needs, for each policy and for what the user has. docs/reference/factors.md shows this table, and policy.test.ts tries each cell. */

/** `in`: the password is enough. `factor`: the second factor is asked for. `add`: the user must add one first. */
export type Outcome = 'in' | 'factor' | 'add'

export const situations = ['new device', 'trusted device', 'administrator', 'step-up'] as const
export type Situation = (typeof situations)[number]

export type Policy = {
  readonly name: string
  readonly env: Record<string, string>
  /** The outcomes for a user without a factor and for one with a factor, in the order of the situations. */
  readonly none: readonly [Outcome, Outcome, Outcome, Outcome]
  readonly some: readonly [Outcome, Outcome, Outcome, Outcome]
}

const asked = ['factor', 'in', 'factor', 'factor'] as const

/** Users have the role `editor`, and administrators `admin` beside it. */
export const policies: readonly Policy[] = [
  {
    name: 'never',
    env: { FACTORS_REQUIRED: 'never' },
    none: ['in', 'in', 'in', 'in'],
    some: ['in', 'in', 'in', 'in'],
  },
  { name: 'optional', env: {}, none: ['in', 'in', 'in', 'in'], some: asked },
  {
    name: 'administrators',
    env: { FACTORS_REQUIRED: 'administrators' },
    none: ['in', 'in', 'add', 'in'],
    some: asked,
  },
  { name: 'a role', env: { FACTORS_REQUIRED_ROLES: 'editor' }, none: ['add', 'add', 'add', 'in'], some: asked },
  { name: 'always', env: { FACTORS_REQUIRED: 'always' }, none: ['add', 'add', 'add', 'in'], some: asked },
]

const words: Record<Outcome, string> = { in: 'password', factor: 'password, then the factor', add: 'adds a factor' }

/** The table as the reference shows it. */
export function policyTable(): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const rows = policies.flatMap(({ name, none, some }) => [
    row([name, 'none', ...none.map((one) => words[one])]),
    row([name, 'TOTP or a passkey', ...some.map((one) => words[one])]),
  ])
  return [row(['policy', 'the user has', ...situations]), row(Array<string>(6).fill('---')), ...rows].join('\n')
}
