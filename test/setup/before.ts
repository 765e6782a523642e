/** tap runs this once before all test files: one Postgres for them all. */
import { startCluster } from './cluster.ts'

await startCluster(process.ppid)
