/** Proxies, rate limits, retention, metrics and logs. Part of settings.ts. */
import { z } from 'zod'
import { serverUrl } from '../server-url.ts'
import { rateLimits, trustedProxies, whole } from '../setting-rules.ts'

export const operation = {
  TRUSTED_PROXIES: trustedProxies
    .optional()
    .describe(
      'The addresses and networks of your proxies, separated by commas. The server believes `X-Forwarded-For` ' +
        'and `X-Request-Id` only if one of them sent it. If it is unset, the server never believes them.',
    ),
  CONNECTIONS_PER_ADDRESS: whole(0, 10_000, 1000).describe(
    'One client address may have this many connections at once. An IPv6 address counts with its whole /64. With 0, it ' +
      'may have any number. The connections of `TRUSTED_PROXIES` are not counted.',
  ),
  RATE_LIMITS: rateLimits
    .optional()
    .describe(
      'Changes to the rate limits (docs/reference/rate-limits.md), separated by commas. ' +
        '`login_account=10/3600` changes a limit, `register=0` turns one off, and `off` turns all of them off.',
    ),
  REDIS_URL: serverUrl('redis:', 'rediss:')
    .optional()
    .describe('The address of a Redis that counts attempts for all nodes. If it is unset, Postgres counts them.'),
  AUDIT_DAYS: whole(1, 3650, 400).describe('Audit events are kept for this many days.'),
  METRICS_PORT: whole(0, 65_535, 0).describe(
    'A port that serves `/metrics` without a credential. Strangers must not reach it. With 0, only a service ' +
      'with a credential can read the metrics, on the main port.',
  ),
  REUSE_PORT: z
    .enum(['on', 'off'], 'must be on or off')
    .default('off')
    .describe(
      'With `on`, several processes of the same user may listen on `PORT`, and the system spreads connections among them ' +
        '(docs/guides/deploying.md). Linux only.',
    ),
  SHUTDOWN_GRACE_SECONDS: whole(0, 5, 0).describe(
    'A node that stops still accepts requests for this many seconds while `/readyz` answers 503, so that load ' +
      'balancers notice.',
  ),
  DOCS: z
    .enum(['on', 'off'], 'must be on or off')
    .optional()
    .describe(
      'Whether the server shows its reference at `/docs` and its OpenAPI document at `/openapi.yaml`. If it is unset, it ' +
        'is `on` in development and `off` in production.',
    ),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent'], 'must be fatal, error, warn, info, debug or silent')
    .default('info')
    .describe('The least severe lines that the log holds.'),
  LOG_ADDRESSES: z
    .enum(['on', 'off'], 'must be on or off')
    .default('off')
    .describe(
      'With `on`, each log line of a request has the address of its client, and each failed login has a line that fail2ban can ' +
        'read (docs/reference/operations.md). With `off`, the log has no address of a client.',
    ),
}
