/** `npm run admin -- create | grant | revoke EMAIL`: how there comes to be a first administrator, and who is one. */
import { randomBytes } from 'node:crypto'
import { text as readAll } from 'node:stream/consumers'
import { registration } from '../accounts/account.ts'
import { email as emailAddress, emailKey } from '../accounts/email.ts'
import { adminRole } from '../accounts/last-admin-store.ts'
import { createPasswordHashes } from '../accounts/password-hash.ts'
import { createPasswordPolicy } from '../accounts/password-policy.ts'
import { createUserAdminStore, type UserAdminStore } from '../admin/user-admin-store.ts'
import type { Config } from '../config.ts'
import { AppError } from '../errors.ts'
import { StartError } from '../start-error.ts'
import { runCommand } from './run-command.ts'

const usage = `Usage: npm run admin -- COMMAND EMAIL

  create   open an account for a new administrator; its password is read from stdin where that is
           piped, else made up and printed
  grant    make the person of this account an administrator
  revoke   make them none any more
`

/** The password that was piped in, and whether one has to be made up instead. */
async function choosePassword(config: Config, email: string): Promise<{ password: string; made: boolean }> {
  const piped = process.stdin.isTTY ? '' : (await readAll(process.stdin)).replace(/\r?\n$/, '')
  if (piped === '') return { password: randomBytes(18).toString('base64url'), made: true }
  const parsed = registration.shape.password.safeParse(piped)
  if (!parsed.success) throw new StartError(`The password ${parsed.error.issues.map((one) => one.message).join(', ')}.`)
  createPasswordPolicy({ minLength: config.passwordMinLength })(piped, email)
  return { password: piped, made: false }
}

async function create(users: UserAdminStore, config: Config, email: string): Promise<string> {
  const key = emailKey(email)
  const taken = new StartError(`There is an account of ${email} already. Use: npm run admin -- grant ${email}`)
  if (await users.findByEmailKey(key)) throw taken
  const { password, made } = await choosePassword(config, email)
  const hashes = createPasswordHashes({ peppers: config.passwordPeppers, cost: config.bcryptCost, cores: 1, queue: 0 })
  if (!(await users.insertAdmin({ email, emailKey: key, passwordHash: await hashes.hash(password) }))) throw taken
  return `${email} is an administrator.\n${made ? `Password, shown this once: ${password}\n` : ''}`
}

async function setAdmin(users: UserAdminStore, email: string, is: boolean): Promise<string> {
  const user = await users.findByEmailKey(emailKey(email))
  if (!user) throw new StartError(`There is no account of ${email}. Use: npm run admin -- create ${email}`)
  const roles = (present: readonly string[]) => [
    ...present.filter((role) => role !== adminRole),
    ...(is ? [adminRole] : []),
  ]
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
  const parsed = emailAddress.safeParse(given)
  if (!command || !['create', 'grant', 'revoke'].includes(command) || given === undefined || more.length > 0) {
    throw new StartError(usage)
  }
  if (!parsed.success) throw new StartError(`${JSON.stringify(given)} is not an email address.`)
  if (command === 'create') return create(users, config, parsed.data)
  return setAdmin(users, parsed.data, command === 'grant')
}

/** What the server would answer, said to an operator. */
function inWords(error: unknown): unknown {
  if (!(error instanceof AppError)) return error
  const errors = error.errors?.map(({ message }) => `The password ${message}.`)
  return new StartError(errors?.join(' ') ?? error.message)
}

await runCommand(async ({ config, database, args }) => {
  try {
    return await run(createUserAdminStore(database), config, args)
  } catch (error) {
    throw inWords(error)
  }
})
