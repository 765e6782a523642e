/** The metrics of a node: password hashes, verified tokens, database connections, signing keys and mails. */
import type { Database } from '../database/client.ts'
import type { MailStore } from '../mail/mail-store.ts'
import type { Metric } from './meters.ts'

type Dependencies = {
  hashing: { stats(): { running: number; waiting: number; refused: number } }
  tokenCache: { stats(): { entries: number; hits: number; misses: number; evictions: number } }
  database: Pick<Database, 'pool'>
  keyRing: {
    /** The index of the server secret in force. */
    readonly secretInForce: number
    /** When the signing key began to sign and when the next one will, in milliseconds since 1970. */
    readonly handOvers: { readonly last?: number | undefined; readonly next?: number | undefined }
  }
  mails: Pick<MailStore, 'count'>
  /** The offset of this machine's clock from the database's, in milliseconds. */
  clockSkewMs: () => number
  /** Milliseconds since 1970. */
  clock: () => number
}

export const nodeMetrics = ({
  hashing,
  tokenCache,
  database,
  keyRing,
  mails,
  clockSkewMs,
  clock,
}: Dependencies): readonly Metric[] => [
  {
    name: 'countersign_password_hashes_running',
    help: 'Password hashes that run now, at most one for each core.',
    read: () => hashing.stats().running,
  },
  {
    name: 'countersign_password_hashes_waiting',
    help: 'Password hashes that wait, 20 at most in each of the two lanes. More are refused.',
    read: () => hashing.stats().waiting,
  },
  {
    name: 'countersign_password_hashes_refused_total',
    help: 'Password hashes refused because too many waited.',
    grows: true,
    read: () => hashing.stats().refused,
  },
  {
    name: 'countersign_token_cache_entries',
    help: 'Verified access tokens in the cache, TOKEN_CACHE_ENTRIES at most.',
    read: () => tokenCache.stats().entries,
  },
  {
    name: 'countersign_token_cache_hits_total',
    help: 'Access tokens that were in the cache.',
    grows: true,
    read: () => tokenCache.stats().hits,
  },
  {
    name: 'countersign_token_cache_misses_total',
    help: 'Access tokens that were not in the cache, valid or not.',
    grows: true,
    read: () => tokenCache.stats().misses,
  },
  {
    name: 'countersign_token_cache_evictions_total',
    help: 'Verified access tokens that were dropped to make room.',
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
    help: 'Idle connections of the pool.',
    read: () => database.pool.idleCount,
  },
  {
    name: 'countersign_database_connections_waiting',
    help: 'Statements that wait for a connection.',
    read: () => database.pool.waitingCount,
  },
  {
    name: 'countersign_clock_skew_seconds',
    help: 'The least offset of this machine’s clock from the database’s. Above 5 the node is not ready.',
    read: () => clockSkewMs() / 1000,
  },
  {
    name: 'countersign_signing_key_age_seconds',
    help: 'The time since the signing key began to sign.',
    read: () => since(keyRing.handOvers.last, clock()),
  },
  {
    name: 'countersign_signing_key_next_seconds',
    help: 'The time until the next key signs.',
    read: () => since(clock(), keyRing.handOvers.next),
  },
  {
    name: 'countersign_secret_in_force',
    help: 'The place in COUNTERSIGN_SECRET of the secret in force: 0 is the first.',
    read: () => keyRing.secretInForce,
  },
  {
    name: 'countersign_mails_waiting',
    help: 'Mails in the outbox of all nodes.',
    read: () => mails.count('waiting'),
  },
  {
    name: 'countersign_mails_dead',
    help: 'Mails that could not be delivered and are still stored.',
    read: () => mails.count('dead'),
  },
]

const since = (from: number | undefined, to: number | undefined) =>
  from === undefined || to === undefined ? undefined : (to - from) / 1000
