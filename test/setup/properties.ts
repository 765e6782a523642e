/** The number of examples that fast-check tries for a property. FC_RUNS changes it. */
export const runs = (few: number): { numRuns: number } => ({ numRuns: Number(process.env['FC_RUNS'] ?? few) })
