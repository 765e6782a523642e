/** `npm run openapi` writes openapi.yaml from the schemas of the routes, and the API of the client from it. It needs no database. */
import { writeFile } from 'node:fs/promises'
import { buildApp } from '../src/app.ts'
import { readConfig } from '../src/config/config.ts'
import { createDatabase } from '../src/database/client.ts'
import { newKey } from '../src/keys/new-key.ts'
import { createRevocationFollower } from '../src/revocations/follow-revocations.ts'
import { renderClientApi } from './client-api.ts'

/** The document that the server serves. */
export async function renderOpenapi(): Promise<string> {
  const secrets = ['only here so that an app can be built; nothing is signed']
  const connectionString = 'postgresql://localhost/never-connected'
  const database = createDatabase(connectionString, () => {})
  const signing = { kid: 'never-signs', alg: 'ES256', ...(await newKey('ES256')) } as const
  const keyRing = {
    signing,
    verification: [signing],
    secretInForce: 0,
    isCurrent: true,
    handOvers: {},
    onChange: () => {},
  }
  const revocations = createRevocationFollower({ connectionString, listen: false, clock: Date.now, onError: () => {} })
  const app = await buildApp({ config: readConfig({}), database, keyRing, revocations, secrets })
  try {
    await app.ready()
    return app.swagger({ yaml: true })
  } finally {
    await app.close()
    await database.close()
  }
}

if (import.meta.main) {
  const openapi = await renderOpenapi()
  const files = { 'openapi.yaml': openapi, ...(await renderClientApi(openapi)) }
  for (const [path, text] of Object.entries(files)) await writeFile(new URL(`../${path}`, import.meta.url), text)
}
