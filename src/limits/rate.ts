/** The limits there are, by the names that RATE_LIMITS knows them by. docs/reference/rate-limits.md says what each is for. */

/** So many in so many seconds. */
export type Rate = { readonly count: number; readonly seconds: number }

const hour = 3600
const day = 24 * hour

export const defaultRates = {
  requests: { count: 600, seconds: 60 },
  register: { count: 60, seconds: 60 },
  login_account: { count: 5, seconds: day },
  login_address: { count: 50, seconds: hour },
  login_device: { count: 5, seconds: day },
  session_password: { count: 5, seconds: hour },
  letters_address: { count: 30, seconds: hour },
  letters_mailbox: { count: 5, seconds: hour },
  new_devices: { count: 10, seconds: day },
} as const satisfies Record<string, Rate>

export type LimitName = keyof typeof defaultRates

/** The limits in force. One that is not among them is off. */
export type Rates = Readonly<Partial<Record<LimitName, Rate>>>

const one = /^([a-z_]+)=(?:(0)|([1-9]\d{0,6})\/([1-9]\d{0,6}))$/

/** The limits in force where these texts, as in `login_account=10/3600` or `register=0`, change the defaults; undefined where one is wrong. */
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
