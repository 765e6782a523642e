/** A module to preload into a server process. It records every file that the process loads. */
import { appendFileSync } from 'node:fs'
import { registerHooks } from 'node:module'

const fileName = 'LOADED_MODULES_FILE'

/** The environment of a server process that writes the URL of each loaded file into `file`, one in a line. */
export const writingModulesTo = (file: string): Record<string, string> => ({
  [fileName]: file,
  NODE_OPTIONS: `--import=${import.meta.url}`,
})

const file = process.env[fileName]
if (file !== undefined) {
  registerHooks({
    load(url, context, nextLoad) {
      appendFileSync(file, `${url}\n`)
      return nextLoad(url, context)
    },
  })
}
