/** How this node's set of revocations is doing. */

import type { Metric } from './meters.ts'

type Dependencies = {
  /** Entries of the denylist, milliseconds since the last successful poll, and the last sequence number read. */
  stats: () => { size: number; ageMs: number; lastSeq: bigint }
}

export const revocationMetrics = ({ stats }: Dependencies): readonly Metric[] => [
  {
    name: 'countersign_revocations_entries',
    help: 'Sessions, people and keys whose tokens this node denies.',
    read: () => stats().size,
  },
  {
    name: 'countersign_revocations_age_seconds',
    help: 'Since this node last knew all revocations. Above 10 it is not ready.',
    read: () => stats().ageMs / 1000,
  },
  {
    name: 'countersign_revocations_last_sequence',
    help: 'Number of the newest revocation this node has read. The same on all nodes, a moment after the last revocation.',
    read: () => Number(stats().lastSeq),
  },
]
