/** What the address of the database asks of the connections of the server. */
export type Address = {
  /** The address for pg, without the parameters that pg does not know. */
  readonly connectionString: string
  /** The schema of the tables. */
  readonly schema: string
  /** The most connections of the pool. */
  readonly poolSize: number
  /** Whether a pooler shares connections between transactions (`?pgbouncer=true`, as Prisma calls it). */
  readonly isPooled: boolean
}

const usualPoolSize = 20

/** Reads the address. The settings have made sure that its parameters are known. */
export function readAddress(url: string): Address {
  const address = new URL(url)
  const take = (name: string) => {
    const value = address.searchParams.get(name)
    address.searchParams.delete(name)
    return value
  }
  // The next version of pg checks less in these modes, and this one warns of that.
  const mode = address.searchParams.get('sslmode') ?? ''
  if (['require', 'verify-ca'].includes(mode)) address.searchParams.set('sslmode', 'verify-full')
  return {
    schema: take('schema') ?? 'public',
    poolSize: Number(take('connection_limit') ?? usualPoolSize),
    isPooled: take('pgbouncer') === 'true',
    connectionString: address.href,
  }
}
