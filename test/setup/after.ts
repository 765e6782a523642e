/** tap runs this once after all test files, whether they passed or not. */
import { stopCluster } from './cluster.ts'

await stopCluster(process.ppid)
