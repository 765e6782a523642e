/** The numbers of the advisory locks. They stand in one place, so that no two jobs use the same number. */
export const advisoryLocks = {
  signingKeys: 7_203_114,
  lastAdmin: 7_203_115,
  cleaning: 7_203_116,
  /** With a second number for each user. */
  accountExport: 7_203_117,
} as const
