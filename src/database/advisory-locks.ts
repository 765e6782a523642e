/** The numbers of our advisory locks, in one place so that no two jobs take the same: a lock of Postgres is only a number. */
export const advisoryLocks = {
  signingKeys: 7_203_114,
  lastAdmin: 7_203_115,
  cleaning: 7_203_116,
} as const
