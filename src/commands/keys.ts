/** `countersign keys`: lists, rotates and revokes signing keys, with the settings of the server. */
import { readConfig } from '../config/config.ts'
import { existingSecrets } from '../config/generated-secret.ts'
import { openExisting } from '../database/open-existing.ts'
import { createKeyKeeper, keySettings } from '../keys/key-keeper.ts'
import { createKeyStore } from '../keys/key-store.ts'
import { createSeal } from '../keys/seal.ts'
import { changeKeys, type KeyOrder } from './change-keys.ts'
import { type Command, exitCodes, UsageError } from './command.ts'

const help = `Usage: countersign keys COMMAND [--json]

  list         list every key: the one that signs, the next one, and those that only verify
  rotate       let the next key sign as soon as all nodes and services know it
  revoke KID   revoke a key and every token that it signed, at once; another key signs from then on

  --json       print the result as JSON

${exitCodes}`

/** What the words order. Throws a UsageError if they order nothing. */
export function readKeyOrder([name, kid, ...more]: readonly string[]): KeyOrder {
  if ((name === 'list' || name === 'rotate') && kid === undefined) return { name }
  if (name === 'revoke' && kid !== undefined && more.length === 0) return { name, kid }
  throw new UsageError('`countersign keys` takes one of: list, rotate, revoke KID.')
}

export const keysCommand: Command = {
  help,
  options: ['json'],
  async run({ words }) {
    const order = readKeyOrder(words)
    const config = readConfig()
    // The list is not sealed, so it can be read without the secret.
    const secrets = order.name === 'list' ? (config.secrets ?? []) : await existingSecrets(config)
    const { database, close } = await openExisting(config)
    try {
      const store = createKeyStore(database)
      const keeper = createKeyKeeper({ ...keySettings(config), store, secrets, seal: createSeal(secrets) })
      return await changeKeys(keeper, order)
    } finally {
      await close()
    }
  },
}
