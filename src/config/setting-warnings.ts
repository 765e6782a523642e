/** What an operator should know about settings with which the server starts all the same. */
import type { Config } from './config.ts'
import { plainConnections } from './plain-connections.ts'

/** A sentence for the log for each. It holds no value of a setting. */
export const settingWarnings = (config: Config): string[] => [
  ...config.unknownSettings,
  ...plainConnections(config),
  ...(Object.keys(config.rates).length === 0
    ? ['RATE_LIMITS is off: passwords may be guessed as fast as they are hashed']
    : []),
]
