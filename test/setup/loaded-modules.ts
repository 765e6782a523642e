/** Preloaded into a server process: writes down every file that it loads. */
import { appendFileSync } from 'node:fs'
import { registerHooks } from 'node:module'

const fileName = 'LOADED_MODULES_FILE'

/** The environment of a server process that writes what it loads into `file`, an address a line. */
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
