/** What an operator watches of a node's parts: password hashes, verified tokens, database connections, signing keys, letters. */

import type { Database } from '../database/client.ts'
import type { MailStore } from '../mail/mail-store.ts'
import type { Metric } from './meters.ts'

type Dependencies = {
  passwords: { stats(): { running: number; waiting: number; refused: number } }
  tokenCache: { stats(): { entries: number; hits: number; misses: number; evictions: number } }
  database: Pick<Database, 'pool'>
  keyRing: {
    /** When the signing key began to sign, and when the next one will: milliseconds since 1970. */
    readonly handOvers: { readonly last?: number | undefined; readonly next?: number | undefined }
  }
  mails: Pick<MailStore, 'count'>
  /** By how many milliseconds this machine's clock is off the database's. */
  clockSkewMs: () => number
  /** Milliseconds since 1970. */
  clock: () => number
}

export const nodeMetrics = ({
  passwords,
  tokenCache,
  database,
  keyRing,
  mails,
  clockSkewMs,
  clock,
}: Dependencies): readonly Metric[] => [
  {
    name: 'countersign_password_hashes_running',
    help: 'Password hashes that are computed now, one a core at most.',
    read: () => passwords.stats().running,
  },
  {
    name: 'countersign_password_hashes_waiting',
    help: 'Password hashes that wait, 20 at most; more are refused.',
    read: () => passwords.stats().waiting,
  },
  {
    name: 'countersign_password_hashes_refused_total',
    help: 'Password hashes refused because too many waited.',
    grows: true,
    read: () => passwords.stats().refused,
  },
  {
    name: 'countersign_token_cache_entries',
    help: 'Verified access tokens that are remembered, TOKEN_CACHE_ENTRIES at most.',
    read: () => tokenCache.stats().entries,
  },
  {
    name: 'countersign_token_cache_hits_total',
    help: 'Access tokens that were remembered.',
    grows: true,
    read: () => tokenCache.stats().hits,
  },
  {
    name: 'countersign_token_cache_misses_total',
    help: 'Access tokens that had to be verified, good or not.',
    grows: true,
    read: () => tokenCache.stats().misses,
  },
  {
    name: 'countersign_token_cache_evictions_total',
    help: 'Verified access tokens that were forgotten to make room.',
    grows: true,
    read: () => tokenCache.stats().evictions,
  },
  {
    name: 'countersign_database_connections_open',
    help: 'Connections of the pool, 20 at most.',
    read: () => database.pool.totalCount,
  },
  {
    name: 'countersign_database_connections_idle',
    help: 'Connections of the pool that nobody uses.',
    read: () => database.pool.idleCount,
  },
  {
    name: 'countersign_database_connections_waiting',
    help: 'Statements that wait for a connection.',
    read: () => database.pool.waitingCount,
  },
  {
    name: 'countersign_clock_skew_seconds',
    help: 'How far this machine’s clock is off the database’s, at least. Above 5 the node is not ready.',
    read: () => clockSkewMs() / 1000,
  },
  {
    name: 'countersign_signing_key_age_seconds',
    help: 'Since the signing key began to sign.',
    read: () => since(keyRing.handOvers.last, clock()),
  },
  {
    name: 'countersign_signing_key_next_seconds',
    help: 'Until the next key signs.',
    read: () => since(clock(), keyRing.handOvers.next),
  },
  {
    name: 'countersign_mails_waiting',
    help: 'Letters in the outbox, of all nodes.',
    read: () => mails.count('waiting'),
  },
  {
    name: 'countersign_mails_dead',
    help: 'Letters that were given up and are still kept.',
    read: () => mails.count('dead'),
  },
]

const since = (from: number | undefined, to: number | undefined) =>
  from === undefined || to === undefined ? undefined : (to - from) / 1000
