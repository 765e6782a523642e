/** The message of the error that a config with mistakes causes. */
import { ConfigError, readConfig } from '../../src/config/config.ts'

/** The message, or an empty text if the settings are valid. */
export function configMistakes(env: NodeJS.ProcessEnv): string {
  try {
    readConfig(env)
    return ''
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
}
