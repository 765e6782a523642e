/** The state of this node's denylist. */
import type { Metric } from './meters.ts'

type Dependencies = {
  /** Entries of the denylist, milliseconds since the last successful poll, and the last sequence number read. */
  stats: () => { size: number; ageMs: number; lastSeq: bigint }
}

export const revocationMetrics = ({ stats }: Dependencies): readonly Metric[] => [
  {
    name: 'countersign_revocations_entries',
    help: 'Sessions, users and keys whose tokens this node denies.',
    read: () => stats().size,
  },
  {
    name: 'countersign_revocations_age_seconds',
    help: 'The time since this node last had all revocations. Above 10 it is not ready.',
    read: () => stats().ageMs / 1000,
  },
  {
    name: 'countersign_revocations_last_sequence',
    help: 'The number of the newest revocation that this node has read. All nodes have the same a moment later.',
    read: () => Number(stats().lastSeq),
  },
]
