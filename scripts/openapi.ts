/** `npm run openapi`: writes openapi.yaml from the routes' schemas. No database is needed. */
import { writeFile } from 'node:fs/promises'
import { buildApp } from '../src/app.ts'
import { readConfig } from '../src/config.ts'
import { createDatabase } from '../src/database/client.ts'
import { loadKeyRing } from '../src/keys/key-ring.ts'

/** The document as the server would serve it. */
export async function renderOpenapi(): Promise<string> {
  const secrets = ['only here so that an app can be built; nothing is signed']
  const database = createDatabase('postgresql://localhost/never-connected', () => {})
  const keyRing = await loadKeyRing({ store: { loadOrInsert: async (make) => [await make()] }, secrets, alg: 'ES256' })
  const app = await buildApp({ config: readConfig({}), database, keyRing, secrets })
  try {
    await app.ready()
    return app.swagger({ yaml: true })
  } finally {
    await app.close()
    await database.close()
  }
}

if (import.meta.main) await writeFile(new URL('../openapi.yaml', import.meta.url), await renderOpenapi())
