/** How many examples a property is tried on: a few in every test run, many where FC_RUNS says so. */
export const runs = (few: number): { numRuns: number } => ({ numRuns: Number(process.env['FC_RUNS'] ?? few) })
