/** Every setting. `npm run docs` writes .env.example and docs/reference/settings.md from this table. */
import { accounts } from './settings/accounts.ts'
import { basics } from './settings/basics.ts'
import { browsers } from './settings/browsers.ts'
import { factors } from './settings/factors.ts'
import { operation } from './settings/operation.ts'
import { passkeys } from './settings/passkeys.ts'
import { sessions } from './settings/sessions.ts'

/** The rule, the default and the meaning of each setting. */
export const settings = { ...basics, ...browsers, ...sessions, ...factors, ...passkeys, ...accounts, ...operation }
