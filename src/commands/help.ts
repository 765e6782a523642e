/** The answer to `countersign --help`. */
import { exitCodes } from './command.ts'

export const help = `Usage: countersign [COMMAND] [OPTION…]

  start      start the server (also without a command)
  migrate    apply the missing migrations to the database
  check      say what is wrong with the settings and the database, and change nothing
  keys       list, rotate and revoke signing keys
  admin      make the first administrator, grant and revoke the role

  --help     this text; after a command, how that command is used
  --version  the version

The settings come from the environment: docs/reference/settings.md lists them. In a checkout,
\`npm run countersign -- COMMAND\` does the same, and reads the file .env too.

${exitCodes}`
