/** Rotates and revokes the keys of a node, as an operator does. */
import { createKeyKeeper, keySettings } from '../../src/keys/key-keeper.ts'
import { createKeyStore } from '../../src/keys/key-store.ts'
import { createSeal } from '../../src/keys/seal.ts'
import { type Node, testSecret } from './node.ts'

/** The key keeper of a node, with which a test rotates and revokes keys. */
export const keeperOf = ({ config, database }: Pick<Node, 'config' | 'database'>) =>
  createKeyKeeper({
    ...keySettings(config),
    store: createKeyStore(database),
    secrets: [testSecret],
    seal: createSeal([testSecret]),
  })
