/** `npm run keys -- list | rotate | revoke KID`: lists, rotates and revokes signing keys, with the settings of the server. */
import { createKeyKeeper, keySettings } from '../keys/key-keeper.ts'
import { createKeyStore } from '../keys/key-store.ts'
import { createSeal } from '../keys/seal.ts'
import { changeKeys } from './change-keys.ts'
import { runCommand } from './run-command.ts'

await runCommand(async ({ config, database, secrets, args }) => {
  const store = createKeyStore(database)
  return changeKeys(createKeyKeeper({ ...keySettings(config), store, secrets, seal: createSeal(secrets) }), args)
})
