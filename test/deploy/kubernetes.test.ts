/** The manifests of deploy/kubernetes have the shapes of Kubernetes, fit each other, and give the server settings that it accepts. */
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { parseAllDocuments } from 'yaml'
import { readConfig } from '../../src/config/config.ts'
import { settings } from '../../src/config/settings.ts'

type Container = {
  name: string
  securityContext: Record<string, unknown>
  ports?: { name: string; containerPort: number }[]
  envFrom: { configMapRef?: { name: string }; secretRef?: { name: string } }[]
  env?: { name: string; valueFrom: { secretKeyRef: { name: string; key: string } } }[]
} & Partial<Record<'startupProbe' | 'readinessProbe' | 'livenessProbe', { httpGet: { path: string; port: string } }>>
type Pod = { securityContext: Record<string, unknown>; containers: Container[] }
type Labels = Record<string, string>
type Manifest = {
  apiVersion: string
  kind: string
  metadata: { name: string }
  spec: {
    selector?: Labels & { matchLabels?: Labels }
    template: { metadata: { labels: Labels }; spec: Pod }
    ports?: { targetPort: string }[]
  }
  data?: Record<string, string>
  stringData?: Record<string, string>
  resources?: string[]
}

const home = 'deploy/kubernetes'
const files = (await readdir(home)).filter((name) => name.endsWith('.yaml'))
const manifests: Manifest[] = []
for (const file of files) {
  for (const document of parseAllDocuments(await readFile(join(home, file), 'utf8'), { strict: true })) {
    if (document.errors.length > 0) throw document.errors[0]
    manifests.push(document.toJS())
  }
}
const ofKubernetes = manifests.filter(({ kind }) => kind !== 'Kustomization')
const find = (kind: string, name = 'countersign'): Manifest => {
  const found = manifests.find((one) => one.kind === kind && one.metadata?.name === name)
  if (!found) throw new Error(`there is no ${kind} ${name}`)
  return found
}
const pods = manifests.flatMap(({ spec }) => (spec?.template ? [spec.template.spec] : []))

const withoutType = (manifest: Manifest) => ({ ...manifest, apiVersion: undefined, kind: undefined })

t.test('every manifest has the shape of its kind, and no member that Kubernetes does not know', async (t) => {
  // The types of these objects refuse unknown members, which the schemas of the API server would drop without a word.
  const lines = ofKubernetes.map((manifest, i) => {
    const from = JSON.stringify(`kubernetes-models/${manifest.apiVersion}`)
    return `import { ${manifest.kind} as K${i} } from ${from}\nnew K${i}(${JSON.stringify(withoutType(manifest))}).validate()\n`
  })
  const dir = await mkdtemp('test/deploy/typed-')
  t.teardown(() => rm(dir, { recursive: true }))
  const file = join(dir, 'manifests.ts')
  await writeFile(file, lines.join(''))
  const strict = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--ignoreConfig', file]
  await t.resolves(promisify(execFile)('node_modules/.bin/tsc', strict))
  await t.resolves(promisify(execFile)(process.execPath, [file]))
})

t.test('the kustomization has every manifest but the example of the secrets', async (t) => {
  const rest = files.filter((file) => !['kustomization.yaml', 'secret.example.yaml'].includes(file))
  t.same(manifests.find(({ kind }) => kind === 'Kustomization')?.resources?.toSorted(), rest.toSorted())
})

t.test('the selectors find the pods of the server, and not those of the migration', async (t) => {
  const { template } = find('Deployment').spec
  for (const kind of ['Deployment', 'Service', 'PodDisruptionBudget']) {
    const { selector } = find(kind).spec
    const { matchLabels = selector } = selector ?? {}
    t.same(matchLabels, template.metadata.labels, kind)
  }
  t.notSame(find('Job', 'countersign-migrate').spec.template.metadata.labels, template.metadata.labels)
})

t.test('no pod may do more than it needs', async (t) => {
  t.equal(pods.length, 2)
  for (const { securityContext, containers } of pods) {
    t.match(securityContext, { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } })
    for (const container of containers) {
      t.same(container.securityContext, {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      })
    }
  }
})

t.test('the server accepts the settings of its pod, and its ports and probes are those of the server', async (t) => {
  const dockerfile = await readFile('Dockerfile', 'utf8')
  const [, inImage = ''] = /^ENV (.*)$/m.exec(dockerfile) ?? []
  const ofImage = Object.fromEntries(inImage.split(' ').map((pair) => pair.split('=') as [string, string]))
  const [container] = find('Deployment').spec.template.spec.containers
  const env = { ...ofImage, ...environmentOf(container) }
  t.same(
    Object.keys(env).filter((name) => !(name in settings)),
    [],
    'every variable is a setting',
  )
  const config = readConfig(env)
  t.equal(config.production, true)
  t.same(container?.ports, [
    { name: 'http', containerPort: config.port },
    { name: 'metrics', containerPort: config.metricsPort },
  ])
  t.match(container, {
    startupProbe: { httpGet: { path: '/livez', port: 'http' } },
    readinessProbe: { httpGet: { path: '/readyz', port: 'http' } },
    livenessProbe: { httpGet: { path: '/livez', port: 'http' } },
  })
  t.same(
    find('Service').spec.ports?.map(({ targetPort }) => targetPort),
    ['http'],
    'the metrics stay inside',
  )
})

t.test('the migration has the settings of the server, and the database of the owner', async (t) => {
  const [container] = find('Job', 'countersign-migrate').spec.template.spec.containers
  const config = readConfig({ NODE_ENV: 'production', ...environmentOf(container) })
  t.match(config.databaseUrl, /countersign_owner/)
})

/** The environment of a container, with the values of the example of the secrets. */
function environmentOf(container: Container | undefined): Record<string, string> {
  const env: Record<string, string> = {}
  for (const { configMapRef, secretRef } of container?.envFrom ?? []) {
    if (configMapRef) Object.assign(env, find('ConfigMap', configMapRef.name).data)
    if (secretRef) Object.assign(env, find('Secret', secretRef.name).stringData)
  }
  for (const { name, valueFrom } of container?.env ?? []) {
    const { name: secret, key } = valueFrom.secretKeyRef
    env[name] = find('Secret', secret).stringData?.[key] ?? ''
  }
  return env
}
