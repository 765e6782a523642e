/** What `countersign admin` does, and what it prints. */
import { registration } from '../accounts/account.ts'
import { adminRole } from '../accounts/last-admin-store.ts'
import { requiresTwoBy } from '../admin/change-user.ts'
import type { FactorResetStore } from '../admin/factor-resets/factor-reset-store.ts'
import { sealFactorsResetMail } from '../admin/factor-resets/reset-factors.ts'
import type { UserAdminStore } from '../admin/user-admin-store.ts'
import { userChange } from '../admin/wire.ts'
import type { Config } from '../config/config.ts'
import { StartError } from '../config/start-error.ts'
import { emailKey } from '../email-addresses/email.ts'
import { AppError } from '../errors.ts'
import { read } from '../http/validation.ts'
import { createOutbox } from '../mail/outbox.ts'
import { span } from '../mail/write-mail.ts'
import { createPasswordHashes } from '../passwords/password-hash.ts'
import { resetUrl } from '../passwords/password-mails.ts'
import { createPasswordPolicy } from '../passwords/password-policy.ts'
import { serviceNames } from '../passwords/service-names.ts'
import { createFactorPolicy } from '../signin/policy.ts'
import { createOneTimeToken } from '../tokens/one-time-token.ts'
import type { Output } from './command.ts'

export type AdminOrder = {
  readonly name: 'create' | 'grant' | 'revoke' | 'reset-factors'
  readonly email: string
  /** Whether the password of `create` comes from stdin. */
  readonly piped: boolean
}

type Dependencies = {
  readonly config: Config
  readonly users: UserAdminStore
  readonly resets: Pick<FactorResetStore, 'reset'>
  /** The secrets of the server, newest first, for the mail of `reset-factors`. */
  readonly secrets: () => Promise<readonly string[]>
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

async function create(dependencies: Dependencies, { email, piped }: AdminOrder): Promise<Output> {
  const { config, users } = dependencies
  const key = emailKey(email)
  const taken = new StartError(`${email} already has an account. Use: countersign admin grant ${email}`)
  if (await users.findByEmailKey(key)) throw taken
  const done = `${email} is an administrator.\n`
  const granted = { email, admin: true, changed: true }
  if (!piped) {
    const { token, hash } = createOneTimeToken()
    const lifeSeconds = config.passwordResetSeconds
    if (!(await users.insertAdmin({ email, emailKey: key, passwordHash: null }, { hash, lifeSeconds }))) throw taken
    const link = resetUrl(config.appUrl ?? config.publicUrl, token)
    const text = `${done}Set the password within ${span(lifeSeconds)}: ${link}\n`
    return { text, data: { ...granted, password_link: link, link_seconds: lifeSeconds } }
  }
  const password = await readPassword(dependencies, email)
  const hashes = createPasswordHashes({
    peppers: config.passwordPeppers,
    cost: config.bcryptCost,
    run: (task) => task(),
  })
  if (!(await users.insertAdmin({ email, emailKey: key, passwordHash: await hashes.hash(password) }))) throw taken
  return { text: done, data: granted }
}

/** An operator needs no second administrator: the operator can read and write the database anyway. */
async function resetFactors({ config, users, resets, ...dependencies }: Dependencies, email: string): Promise<Output> {
  const user = await users.findByEmailKey(emailKey(email))
  if (!user) throw new StartError(`${email} has no account.`)
  // While a secret is replaced node by node, every node has the older one.
  const all = await dependencies.secrets()
  const secrets = { all, indexInForce: () => all.length - 1 }
  const mailSettings = { serviceName: config.appName }
  const mail = await sealFactorsResetMail({ outbox: createOutbox({ secrets }), mailSettings }, user)
  const done = await resets.reset(user.id, mail, undefined)
  return {
    text: `${user.email} has no second factors any more, and is signed out everywhere.\n`,
    data: { email: user.email, reset: done !== undefined },
  }
}

async function setAdmin({ config, users }: Dependencies, email: string, is: boolean): Promise<Output> {
  const user = await users.findByEmailKey(emailKey(email))
  if (!user) throw new StartError(`${email} has no account. Use: countersign admin create ${email}`)
  const roles = (present: readonly string[]) => [
    ...present.filter((role) => role !== adminRole),
    ...(is ? [adminRole] : []),
  ]
  if (is && !userChange.safeParse({ roles: roles(user.roles) }).success) {
    throw new StartError(`${user.email} has so many roles that an access token has no room for another one.`)
  }
  const change = { roles, requiresTwo: requiresTwoBy(createFactorPolicy(config)) }
  const changed = await users.change(user.id, change, undefined)
  const already = changed?.changed ? '' : ' already'
  const hint = is && user.disabledAt ? ' The account is disabled.' : ''
  return {
    text: `${user.email} is ${is ? 'an administrator' : 'no administrator'}${already}.${hint}\n`,
    data: { email: user.email, admin: is, changed: changed?.changed === true },
  }
}

/** The error of the server as a sentence for the operator. */
function toStartError(error: unknown): unknown {
  if (!(error instanceof AppError)) return error
  const errors = error.errors?.map(({ message }) => `The password ${message}.`)
  return new StartError(errors?.join(' ') ?? error.message)
}

/** Carries out the order. Ends in a StartError with a sentence for the operator. */
export async function changeAdmins(dependencies: Dependencies, order: AdminOrder): Promise<Output> {
  try {
    if (order.name === 'create') return await create(dependencies, order)
    if (order.name === 'reset-factors') return await resetFactors(dependencies, order.email)
    return await setAdmin(dependencies, order.email, order.name === 'grant')
  } catch (error) {
    throw toStartError(error)
  }
}
