/** A process that uses the Postgres of a data directory until it is killed or told to stop. */
import { startEmbedded } from '../../../src/database/embedded/embedded.ts'

const [dataDir = '', binDir = ''] = process.argv.slice(2)
process.once('disconnect', () => process.exit()) // told to stop, or the test itself was killed
const { url, stop } = await startEmbedded({ dataDir, binDir: binDir || undefined })
process.once('message', () => void stop().then(() => process.disconnect()))
process.send?.(url)
