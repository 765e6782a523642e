/** The limits by their names in RATE_LIMITS. docs/reference/rate-limits.md explains each. */
/** A number of attempts in a number of seconds. */
export type Rate = { readonly count: number; readonly seconds: number }

const hour = 3600
const day = 24 * hour

export const defaultRates = {
  requests: { count: 600, seconds: 60 },
  register: { count: 60, seconds: 60 },
  login_account: { count: 5, seconds: day },
  login_address: { count: 50, seconds: hour },
  login_device: { count: 5, seconds: day },
  factor_account: { count: 5, seconds: day },
  factor_address: { count: 50, seconds: hour },
  factor_device: { count: 5, seconds: day },
  session_password: { count: 5, seconds: hour },
  letters_address: { count: 30, seconds: hour },
  letters_mailbox: { count: 5, seconds: hour },
  code_address: { count: 50, seconds: day },
  code_mailbox: { count: 10, seconds: day },
  new_devices: { count: 10, seconds: day },
} as const satisfies Record<string, Rate>

export type LimitName = keyof typeof defaultRates

/** The limits in force. An absent limit is off. */
export type Rates = Readonly<Partial<Record<LimitName, Rate>>>

const one = /^([a-z_]+)=(?:(0)|([1-9]\d{0,6})\/([1-9]\d{0,6}))$/

/** The defaults, changed by texts such as `login_account=10/3600` or `register=0`. Undefined if a text is wrong. */
export function changedRates(texts: readonly string[]): Rates | undefined {
  const rates: Partial<Record<string, Rate>> = { ...defaultRates }
  const seen = new Set<string>()
  for (const text of texts) {
    const [, name = '', off, count, seconds] = one.exec(text) ?? []
    if (!Object.hasOwn(defaultRates, name) || seen.has(name)) return undefined
    seen.add(name)
    if (off) delete rates[name]
    else rates[name] = { count: Number(count), seconds: Number(seconds) }
  }
  return rates
}
