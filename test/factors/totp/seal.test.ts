/** The secrets of authenticator apps in the database, and a new COUNTERSIGN_SECRET. */
import t from 'tap'
import { createResealStore } from '../../../src/factors/totp/reseal-store.ts'
import { createResealing } from '../../../src/factors/totp/reseal-totp.ts'
import { createTotpSeal } from '../../../src/factors/totp/seal-totp.ts'
import { newTotpSecret } from '../../../src/factors/totp/totp-secret.ts'
import { call } from '../../setup/client.ts'
import { addTotp } from '../../setup/factors.ts'
import { startNode, testSecret } from '../../setup/node.ts'
import { beginLogin, forgetSteps, registerWithApp } from '../../setup/totp.ts'

const newer = 'the newer secret of this test has 32 and more'
const sealFor = (all: readonly string[], inForce = 0) => createTotpSeal({ all, indexInForce: () => inForce })

t.test('a sealed secret is opened by the secrets of this server alone, and its text does not hold it', async (t) => {
  const secret = newTotpSecret()
  const sealed = await sealFor([testSecret]).seal(secret)
  t.same(await sealFor([testSecret]).open(sealed), { secret, resealed: undefined })
  t.equal(await sealFor([newer]).open(sealed), undefined)
  t.notMatch(Buffer.from(sealed.split('.')[4] ?? '', 'base64url').toString('latin1'), secret.toString('latin1'))
  t.not(await sealFor([testSecret]).seal(secret), sealed, 'the same secret has another text each time')
  for (const text of ['', 'sealed', sealed.slice(0, -2), sealed.slice(17)]) {
    t.ok([undefined, secret.toString('hex')].includes((await sealFor([testSecret]).open(text))?.secret.toString('hex')))
  }
})

t.test('while the newer secret waits, the older one seals; then the texts are sealed again', async (t) => {
  const secret = newTotpSecret()
  const waiting = sealFor([newer, testSecret], 1)
  const sealed = await waiting.seal(secret)
  t.match(await sealFor([testSecret]).open(sealed), { secret }, 'a node without the newer secret opens it')
  t.equal((await waiting.open(sealed))?.resealed, undefined)
  const { resealed = '' } = (await sealFor([newer, testSecret]).open(sealed)) ?? {}
  t.same(await sealFor([newer]).open(resealed), { secret, resealed: undefined }, 'the older one may be dropped')
})

t.test('secrets are sealed again at their use, and all others in the background', async (t) => {
  const old = await startNode(t)
  const [ada, bob] = [await registerWithApp(old), await registerWithApp(old)]
  // What no secret opens stays as it is, and keeps nothing from being sealed again.
  const lost = await addTotp(old.database, bob.user.id)
  await old.keyRing.stop() // so that the newer secret comes into force
  const node = await startNode(t, {
    databaseUrl: old.databaseUrl,
    env: { COUNTERSIGN_SECRET: `${newer},${testSecret}` },
  })
  t.equal(node.keyRing.secretInForce, 0)
  const sealedOf = async (id: string) => {
    const { rows } = await node.database.pool.query('SELECT sealed_secret FROM factors WHERE id = $1', [id])
    return String(rows[0]?.sealed_secret)
  }
  const alone = sealFor([newer])
  t.equal(await alone.open(await sealedOf(ada.app.id)), undefined, 'not yet')

  const attempt = await beginLogin(node, ada.user.email)
  const body = { attempt, method: 'totp', code: ada.app.code() }
  t.equal((await call(`${node.baseUrl}/auth/login/factor`, { body })).status, 200)
  t.ok(await alone.open(await sealedOf(ada.app.id)), 'at its use')
  t.equal(await alone.open(await sealedOf(bob.app.id)), undefined)

  const seal = sealFor([newer, testSecret])
  const rounds: unknown[] = []
  const resealing = createResealing({
    store: createResealStore(node.database),
    seal,
    onResealed: (round) => rounds.push(round),
    onError: (error) => t.fail(String(error)),
    everyMs: 1,
  })
  t.same(await resealing.round(), { resealed: 1, lost: 1 })
  t.same(await resealing.round(), { resealed: 0, lost: 1 })
  t.ok(await alone.open(await sealedOf(bob.app.id)))
  t.equal(await sealedOf(lost), 'sealed')

  const last = await startNode(t, { databaseUrl: old.databaseUrl, env: { COUNTERSIGN_SECRET: newer } })
  await forgetSteps(last, bob.user.id)
  const again = { attempt: await beginLogin(last, bob.user.email), method: 'totp', code: bob.app.code() }
  t.equal((await call(`${last.baseUrl}/auth/login/factor`, { body: again })).status, 200, 'without the older secret')
})

t.test('the background seals page by page, and stops when nothing is left', async (t) => {
  const node = await startNode(t)
  const { user } = await registerWithApp(node)
  const sealed = await sealFor([testSecret]).seal(newTotpSecret())
  const sql = `INSERT INTO factors (id, user_id, kind, name, sealed_secret, confirmed_at)
    SELECT gen_random_uuid(), $1, 'totp', 'An app', $2, now() FROM generate_series(1, 249)`
  await node.database.pool.query(sql, [user.id, sealed])
  const store = createResealStore(node.database)
  const looks = { count: 0 }
  const counted = {
    ...store,
    older: (...given: Parameters<typeof store.older>) => (looks.count++, store.older(...given)),
  }
  const seen = Promise.withResolvers<unknown>()
  const loop = createResealing({
    store: counted,
    seal: sealFor([newer, testSecret]),
    onResealed: seen.resolve,
    onError: seen.reject,
    everyMs: 1,
  })
  loop.start()
  t.same(await seen.promise, { resealed: 250, lost: 0 })
  t.same(await store.older(sealFor([newer]).prefixInForce(), undefined, 10), [])
  while (looks.count < 4) await new Promise((resolve) => setImmediate(resolve))
  await loop.stop()
  t.equal(looks.count, 4, 'three pages, and one look that found nothing')
})
