/** `countersign start`: starts the server. */
import { type Config, readConfig } from '../config/config.ts'
import { failQuickly } from '../process/fail-quickly.ts'
import { type Command, exitCodes, UsageError } from './command.ts'

const help = `Usage: countersign start

Starts the server: it applies missing migrations, listens on HOST and PORT, and runs until SIGTERM or Ctrl-C. Without
DATABASE_URL it also makes and starts a Postgres in DATA_DIR. \`countersign --help\` lists the other commands.

${exitCodes}`

/** `loadStart` loads the function that starts the server. */
export const createStartCommand = (loadStart: () => Promise<(config: Config) => Promise<void>>): Command => ({
  help,
  options: [],
  async run({ words }) {
    if (words.length > 0) throw new UsageError(`\`countersign start\` takes no words, and got ${words.join(' ')}.`)
    const started = failQuickly()
    const config = readConfig()
    const start = await loadStart()
    await start(config)
    started()
    return undefined
  },
})
