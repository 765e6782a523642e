/** `countersign check`: says what is wrong with the settings and the database, and changes nothing. */
import { ConfigError, readConfig, readDatabasePlace } from '../config/config.ts'
import { settingWarnings } from '../config/setting-warnings.ts'
import { StartError } from '../config/start-error.ts'
import { checkDatabase as checkSession } from '../database/checks/check-database.ts'
import { missingRights } from '../database/checks/missing-rights.ts'
import { onOneConnection } from '../database/connect.ts'
import { compareMigrations } from '../database/migrations/migration-ledger.ts'
import { findDatabase, missingMigrations, NoDatabaseError } from '../database/open-existing.ts'
import { type Command, type Output, UsageError } from './command.ts'

const help = `Usage: countersign check [--json]

Says everything that is wrong with the settings and the database, and what a start would warn of. It changes nothing.
An embedded database is started for the check if it exists, and stopped again.

  --json  print the result as JSON: {"ok": …, "problems": [{"about": "settings" or "database", "message": …}],
          "warnings": […]}

Exit codes
  0  nothing is wrong; there may be warnings
  1  something is wrong
  2  wrong usage
`

type Finding = { readonly about: 'settings' | 'database'; readonly message: string }
type Findings = { readonly problems: readonly Finding[]; readonly warnings: readonly Finding[] }

const about = (part: Finding['about'], messages: readonly string[]): Finding[] =>
  messages.map((message) => ({ about: part, message }))

function checkSettings(): Findings {
  try {
    return { problems: [], warnings: about('settings', settingWarnings(readConfig())) }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return { problems: about('settings', error.mistakes), warnings: [] }
  }
}

async function checkDatabase(): Promise<Findings> {
  const place = readDatabasePlace()
  if (!place) return { problems: [], warnings: [] } // The settings have said so.
  let close = async () => {}
  try {
    const found = await findDatabase(place)
    close = found.close
    const { url } = found
    const [{ problems: wrong, warnings }, { missing, unknown }, lacking] = await onOneConnection(
      url,
      async (client) => {
        const compared = await compareMigrations(client)
        const rights = compared.missing.length > 0 ? [] : await missingRights(client)
        return [await checkSession(client, url), compared, rights] as const
      },
    )
    const problems = [...wrong, ...(missing.length > 0 ? [missingMigrations(missing, place)] : []), ...lacking]
    const ahead = unknown.length > 0 ? [`The database is ahead of this version by ${unknown.join(', ')}.`] : []
    return { problems: about('database', problems), warnings: about('database', [...warnings, ...ahead]) }
  } catch (error) {
    if (error instanceof NoDatabaseError) {
      return {
        problems: [],
        warnings: about('database', ['There is none yet. The first start of the server makes it.']),
      }
    }
    if (!(error instanceof StartError)) throw error
    return { problems: about('database', [error.message]), warnings: [] }
  } finally {
    await close()
  }
}

function report({ problems, warnings }: Findings): Output {
  const line = ({ about: part, message }: Finding) => `  ${part}: ${message}\n`
  const list = (title: string, findings: readonly Finding[]) =>
    findings.length > 0 ? `${title}\n${findings.map(line).join('')}` : ''
  const verdict = problems.length > 0 ? '' : 'The settings and the database are as they should be.\n'
  return {
    text: verdict + list('Put these right:', problems) + list('Warnings:', warnings),
    data: { ok: problems.length === 0, problems, warnings },
    failed: problems.length > 0,
  }
}

export const checkCommand: Command = {
  help,
  options: ['json'],
  async run({ words }) {
    if (words.length > 0) throw new UsageError(`\`countersign check\` takes no words, and got ${words.join(' ')}.`)
    const [settings, database] = [checkSettings(), await checkDatabase()]
    return report({
      problems: [...settings.problems, ...database.problems],
      warnings: [...settings.warnings, ...database.warnings],
    })
  },
}
