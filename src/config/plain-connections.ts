/** Finds connections to other machines that nothing encrypts. A machine on the way can read and change their data. */
import { isLocalHost } from './localhost.ts'

type Settings = { databaseUrl?: string | undefined; redisUrl?: string | undefined }

/** An address without a host is a socket of this machine. */
const isLocal = ({ hostname, searchParams }: URL) =>
  hostname === '' || isLocalHost(hostname) || searchParams.get('host')?.startsWith('/') === true

/** Whether the client of Postgres uses TLS. It reads `sslmode` in this way: everything but `disable` asks for TLS. */
function hasTls({ searchParams }: URL): boolean {
  const mode = searchParams.get('sslmode')
  return mode === null ? /^(true|1)$/.test(searchParams.get('ssl') ?? '') : mode !== 'disable'
}

/** A sentence for the log for each connection that leaves this machine without TLS. It names the setting and the cure, and no address. */
export function plainConnections({ databaseUrl, redisUrl }: Settings): string[] {
  const database = databaseUrl === undefined ? null : URL.parse(databaseUrl)
  const redis = redisUrl === undefined ? null : URL.parse(redisUrl)
  return [
    ...(database && !isLocal(database) && !hasTls(database)
      ? [
          'DATABASE_URL leads to another machine without TLS: add ?sslmode=verify-full, unless the network between is yours alone',
        ]
      : []),
    ...(redis && redis.protocol === 'redis:' && !isLocal(redis)
      ? ['REDIS_URL leads to another machine without TLS: use rediss://, unless the network between is yours alone']
      : []),
  ]
}
