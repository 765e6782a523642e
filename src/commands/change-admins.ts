/** The command `npm run admin`. */
import { registration } from '../accounts/account.ts'
import { adminRole } from '../accounts/last-admin-store.ts'
import type { UserAdminStore } from '../admin/user-admin-store.ts'
import { userChange } from '../admin/wire.ts'
import type { Config } from '../config/config.ts'
import { StartError } from '../config/start-error.ts'
import { email as emailAddress, emailKey } from '../email-addresses/email.ts'
import { AppError } from '../errors.ts'
import { read } from '../http/validation.ts'
import { span } from '../mail/write-mail.ts'
import { createPasswordHashes } from '../passwords/password-hash.ts'
import { resetUrl } from '../passwords/password-mails.ts'
import { createPasswordPolicy } from '../passwords/password-policy.ts'
import { serviceNames } from '../passwords/service-names.ts'
import { createOneTimeToken } from '../tokens/one-time-token.ts'

const usage = `Usage: npm run admin -- COMMAND EMAIL

  create   open an account for a new administrator, and print a link for the first password;
           with --password-stdin after the address, read the password from stdin instead
  grant    make the user of this account an administrator
  revoke   take the role away from the user
`

type Dependencies = {
  readonly config: Config
  readonly users: UserAdminStore
  /** Reads stdin to its end. */
  readonly readStdin: () => Promise<string>
}

/** The password from stdin. */
async function readPassword({ config, readStdin }: Dependencies, email: string): Promise<string> {
  const piped = (await readStdin()).replace(/\r?\n$/, '')
  const result = read(registration.shape.password, piped)
  if ('errors' in result) throw new StartError(`The password ${result.errors.map((one) => one.message).join(', ')}.`)
  const rules = { minLength: config.passwordMinLength, serviceNames: serviceNames(config) }
  createPasswordPolicy(rules)(piped, email)
  return piped
}

async function create(dependencies: Dependencies, email: string, piped: boolean): Promise<string> {
  const { config, users } = dependencies
  const key = emailKey(email)
  const taken = new StartError(`${email} already has an account. Use: npm run admin -- grant ${email}`)
  if (await users.findByEmailKey(key)) throw taken
  const done = `${email} is an administrator.\n`
  if (!piped) {
    const { token, hash } = createOneTimeToken()
    const lifeSeconds = config.passwordResetSeconds
    if (!(await users.insertAdmin({ email, emailKey: key, passwordHash: null }, { hash, lifeSeconds }))) throw taken
    return `${done}Set the password within ${span(lifeSeconds)}: ${resetUrl(config.appUrl ?? config.publicUrl, token)}\n`
  }
  const password = await readPassword(dependencies, email)
  const hashes = createPasswordHashes({
    peppers: config.passwordPeppers,
    cost: config.bcryptCost,
    run: (task) => task(),
  })
  if (!(await users.insertAdmin({ email, emailKey: key, passwordHash: await hashes.hash(password) }))) throw taken
  return done
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

async function run(dependencies: Dependencies, [command, given, ...more]: readonly string[]): Promise<string> {
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
  if (command === 'create') return create(dependencies, parsed.data, piped)
  return setAdmin(dependencies.users, parsed.data, command === 'grant')
}

/** The error of the server as a sentence for the operator. */
function toStartError(error: unknown): unknown {
  if (!(error instanceof AppError)) return error
  const errors = error.errors?.map(({ message }) => `The password ${message}.`)
  return new StartError(errors?.join(' ') ?? error.message)
}

/** Runs the command with these arguments, and returns its output. Ends in a StartError with a sentence for the operator. */
export async function changeAdmins(dependencies: Dependencies, args: readonly string[]): Promise<string> {
  try {
    return await run(dependencies, args)
  } catch (error) {
    throw toStartError(error)
  }
}
