/** `npm run admin -- create | grant | revoke EMAIL [--password-stdin]`: makes the first administrator, and grants or revokes the role. */
import { randomBytes } from 'node:crypto'
import { text as readAll } from 'node:stream/consumers'
import { registration } from '../accounts/account.ts'
import { adminRole } from '../accounts/last-admin-store.ts'
import { createUserAdminStore, type UserAdminStore } from '../admin/user-admin-store.ts'
import { userChange } from '../admin/wire.ts'
import type { Config } from '../config/config.ts'
import { StartError } from '../config/start-error.ts'
import { email as emailAddress, emailKey } from '../email-addresses/email.ts'
import { AppError } from '../errors.ts'
import { inWords } from '../http/validation.ts'
import { createPasswordHashes } from '../passwords/password-hash.ts'
import { createPasswordPolicy } from '../passwords/password-policy.ts'
import { runCommand } from './run-command.ts'

const usage = `Usage: npm run admin -- COMMAND EMAIL

  create   open an account for a new administrator; its password is generated and printed, or
           read from stdin with --password-stdin after the address
  grant    make the user of this account an administrator
  revoke   take the role away from the user
`

/** The password from stdin. */
async function readPassword(config: Config, email: string): Promise<string> {
  const piped = (await readAll(process.stdin)).replace(/\r?\n$/, '')
  const parsed = registration.shape.password.safeParse(piped, { error: inWords })
  if (!parsed.success) throw new StartError(`The password ${parsed.error.issues.map((one) => one.message).join(', ')}.`)
  createPasswordPolicy({ minLength: config.passwordMinLength })(piped, email)
  return piped
}

async function create(users: UserAdminStore, config: Config, email: string, piped: boolean): Promise<string> {
  const key = emailKey(email)
  const taken = new StartError(`${email} already has an account. Use: npm run admin -- grant ${email}`)
  if (await users.findByEmailKey(key)) throw taken
  const password = piped ? await readPassword(config, email) : randomBytes(18).toString('base64url')
  const hashes = createPasswordHashes({ peppers: config.passwordPeppers, cost: config.bcryptCost, cores: 1, queue: 0 })
  if (!(await users.insertAdmin({ email, emailKey: key, passwordHash: await hashes.hash(password) }))) throw taken
  return `${email} is an administrator.\n${piped ? '' : `Password, shown this once: ${password}\n`}`
}

async function setAdmin(users: UserAdminStore, email: string, is: boolean): Promise<string> {
  const user = await users.findByEmailKey(emailKey(email))
  if (!user) throw new StartError(`${email} has no account. Use: npm run admin -- create ${email}`)
  const roles = (present: readonly string[]) => [
    ...present.filter((role) => role !== adminRole),
    ...(is ? [adminRole] : []),
  ]
  if (is && !userChange.safeParse({ roles: roles(user.roles) }).success) {
    throw new StartError(`${user.email} has so many roles that an access token has no room for another one.`)
  }
  const changed = await users.change(user.id, { roles }, undefined)
  const already = changed?.changed ? '' : ' already'
  const hint = is && user.disabledAt ? ' The account is disabled.' : ''
  return `${user.email} is ${is ? 'an administrator' : 'no administrator'}${already}.${hint}\n`
}

async function run(
  users: UserAdminStore,
  config: Config,
  [command, given, ...more]: readonly string[],
): Promise<string> {
  const piped = command === 'create' && more[0] === '--password-stdin'
  const parsed = emailAddress.safeParse(given)
  if (
    !command ||
    !['create', 'grant', 'revoke'].includes(command) ||
    given === undefined ||
    more.length > (piped ? 1 : 0)
  ) {
    throw new StartError(usage)
  }
  if (!parsed.success) throw new StartError(`${JSON.stringify(given)} is not an email address.`)
  if (command === 'create') return create(users, config, parsed.data, piped)
  return setAdmin(users, parsed.data, command === 'grant')
}

/** The error of the server as a sentence for the operator. */
function toStartError(error: unknown): unknown {
  if (!(error instanceof AppError)) return error
  const errors = error.errors?.map(({ message }) => `The password ${message}.`)
  return new StartError(errors?.join(' ') ?? error.message)
}

await runCommand(async ({ config, database, args }) => {
  try {
    return await run(createUserAdminStore(database), config, args)
  } catch (error) {
    throw toStartError(error)
  }
})
