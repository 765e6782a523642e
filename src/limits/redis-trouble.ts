/** Says in a sentence why Redis cannot be used. The errors of its client may hold the password, so they are never shown themselves. */

export type RedisTrouble = {
  readonly sentence: string
  /** Whether the settings are wrong, so that waiting helps nobody. */
  readonly isMistake: boolean
}

const untrusted =
  /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+|CERT_\w+|ERR_TLS_CERT_ALTNAME_INVALID)$/

type Reason = readonly [pattern: RegExp, sentence: string]

/** Mistakes in REDIS_URL, by the answer of Redis. */
const mistakes: readonly Reason[] = [
  [/^WRONGPASS|^ERR invalid password/, 'Redis refuses the user or the password of REDIS_URL'],
  [/^NOAUTH/, 'Redis asks for a password, and REDIS_URL has none: write redis://:password@host:port'],
  [
    /^NOPERM|can't run this command|ACL failure/,
    'The user of REDIS_URL lacks rights in Redis: grant ~countersign:* and +eval +time +hget +hmget +hset +pexpireat +del',
  ],
  [/^ERR DB index/, 'REDIS_URL names a database that this Redis does not have'],
]

/** What may pass, by the code of the connection or the answer of Redis. */
const states: readonly Reason[] = [
  [/^READONLY/, 'REDIS_URL leads to a replica, which cannot count'],
  [/^OOM/, 'the memory of Redis is full'],
  [/^(?:LOADING|MISCONF|MASTERDOWN|CLUSTERDOWN)/, 'Redis does not take writes at present'],
  [/^ECONNREFUSED/, 'no server listens at the host and the port of REDIS_URL'],
  [/^(?:ENOTFOUND|EAI_AGAIN)/, 'the host of REDIS_URL has no address'],
  [/^(?:ERR_SSL|EPROTO)/, 'the server at REDIS_URL speaks no TLS on this port: use redis://, or its port with TLS'],
  [/Unknown RESP type|^Protocol error/i, 'the server at the port of REDIS_URL is no Redis'],
]

const codeOf = (error: unknown): string => {
  const { code } = (error ?? {}) as { code?: unknown }
  return typeof code === 'string' ? code : ''
}

function reasonFor(error: unknown, reasons: readonly Reason[]): string | undefined {
  const text = error instanceof Error ? error.message : ''
  return reasons.find(([pattern]) => pattern.test(codeOf(error)) || pattern.test(text))?.[1]
}

function stateOf(errors: readonly unknown[], hasTls: boolean): string {
  const known = errors.map((one) => reasonFor(one, states)).find((sentence) => sentence !== undefined)
  if (known !== undefined) return known
  const [error] = errors
  const code = codeOf(error)
  if (untrusted.test(code)) {
    return `the certificate of Redis is not trusted (${code}): NODE_EXTRA_CA_CERTS adds an authority, and the host of REDIS_URL must stand in the certificate`
  }
  const isSilent = code === 'ETIMEDOUT' || (error instanceof Error && /timed? ?out/i.test(error.message))
  if (isSilent)
    return `Redis does not answer within a second${hasTls ? '; one without TLS does the same, and then needs redis://' : ''}`
  return hasTls
    ? 'the server at REDIS_URL closes the connection'
    : 'the server at REDIS_URL closes the connection: one with TLS does so, and needs rediss://'
}

/** The cause of these errors of the client of Redis, in their order. Later ones are often consequences of the first. */
export function redisTrouble(errors: readonly unknown[], hasTls: boolean): RedisTrouble {
  const mistake = errors.map((error) => reasonFor(error, mistakes)).find((sentence) => sentence !== undefined)
  if (mistake !== undefined) return { sentence: mistake, isMistake: true }
  return { sentence: stateOf(errors, hasTls), isMistake: false }
}
