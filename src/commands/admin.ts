/** `countersign admin`: makes the first administrator, and grants or revokes the role. */
import { text } from 'node:stream/consumers'
import { createFactorResetStore } from '../admin/factor-resets/factor-reset-store.ts'
import { createUserAdminStore } from '../admin/user-admin-store.ts'
import { readConfig } from '../config/config.ts'
import { existingSecrets } from '../config/generated-secret.ts'
import { openExisting } from '../database/open-existing.ts'
import { email } from '../email-addresses/email.ts'
import { type AdminOrder, changeAdmins } from './change-admins.ts'
import { type Command, exitCodes, type Given, UsageError } from './command.ts'

const help = `Usage: countersign admin COMMAND EMAIL [--password-stdin] [--json]

  create   open an account for a new administrator, and print a link for the first password
  grant    make the user of this account an administrator
  revoke   take the role away from the user
  reset-factors  remove all second factors of the user, who has lost them, and sign the user out

  --password-stdin  with create: read the password from stdin, and print no link
  --json            print the result as JSON

${exitCodes}`

const names = ['create', 'grant', 'revoke', 'reset-factors'] as const

/** What the words order. Throws a UsageError if they order nothing. */
export function readAdminOrder({ words: [word, given, ...more], options }: Given): AdminOrder {
  const name = names.find((one) => one === word)
  if (!name || given === undefined || more.length > 0) {
    throw new UsageError('`countersign admin` takes create, grant, revoke or reset-factors, and then an email address.')
  }
  const piped = options.has('password-stdin')
  if (piped && name !== 'create') throw new UsageError('--password-stdin belongs to `countersign admin create`.')
  const parsed = email.safeParse(given)
  if (!parsed.success) throw new UsageError(`${JSON.stringify(given)} is not an email address.`)
  return { name, email: parsed.data, piped }
}

export const adminCommand: Command = {
  help,
  options: ['json', 'password-stdin'],
  async run(given) {
    const order = readAdminOrder(given)
    const config = readConfig()
    const { database, close } = await openExisting(config)
    try {
      const users = createUserAdminStore(database)
      const resets = createFactorResetStore(database)
      const secrets = () => existingSecrets(config)
      return await changeAdmins({ config, users, resets, secrets, readStdin: () => text(process.stdin) }, order)
    } finally {
      await close()
    }
  },
}
