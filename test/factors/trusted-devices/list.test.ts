/** Users see the devices that skip their second factor, and end the trust in them. */
import t from 'tap'
import { auditRows } from '../../setup/admins.ts'
import { call } from '../../setup/client.ts'
import { startNode } from '../../setup/node.ts'
import { enterPassword, registerWithTotp, renewed, signInWithTwo } from './trust.ts'

const node = await startNode(t, { env: { TRUST_DEVICE_DAYS: '30' } })
type List = { trusted_devices: { id: string; name: string; created_at: string; expires_at: string }[] }
const path = '/auth/trusted-devices'
const list = async (token: string) => (await call<List>(`${node.baseUrl}${path}`, { token })).body.trusted_devices
const end = (token: string, id = '') => call(`${node.baseUrl}${path}${id}`, { method: 'DELETE', token })
const idOf = (device: string) => device.split('.')[1] ?? ''
const asked = { body: { status: 'factor_required' } }
const letIn = { body: { status: 'signed_in' } }

/** A user with so many trusted devices. */
async function withDevices(count: number) {
  const pair = await registerWithTotp(node)
  const devices: string[] = []
  while (devices.length < count) devices.push((await signInWithTwo(node, pair.user.id)).device)
  return { user: pair.user, token: (await renewed(node, pair)).access_token, devices }
}

t.test('the list holds the devices of the user, the newest first, and no secret', async (t) => {
  const other = await withDevices(1)
  const { token, devices } = await withDevices(2)
  const listed = await list(token)
  t.same(
    listed.map(({ id }) => id),
    devices.map(idOf).toReversed(),
  )
  t.same(Object.keys(listed[0] ?? {}).toSorted(), ['created_at', 'expires_at', 'id', 'name'])
  for (const device of devices) t.notOk(JSON.stringify(listed).includes(device.split('.').at(-1) ?? ''), 'no tag')
  t.equal((await list(other.token)).length, 1)
})

t.test('the trust in one device ends, and the others keep theirs', async (t) => {
  const { user, token, devices } = await withDevices(2)
  const [lost = '', kept = ''] = devices
  t.equal((await end(token, `/${idOf(lost)}`)).status, 204)
  t.match(await enterPassword(node, user.email, lost), asked)
  t.match(await enterPassword(node, user.email, kept), letIn)
  t.same(
    (await list(token)).map(({ id }) => id),
    [idOf(kept)],
  )
  t.match(await auditRows(node, `type = 'trusted_device_removed' AND subject_id = $1`, [user.id]), [
    { actor_id: user.id, detail: { device: idOf(lost) } },
  ])
  t.match(await end(token, `/${idOf(lost)}`), { status: 404, body: { code: 'not_found' } }, 'twice')
})

t.test('the trust in all devices ends at once', async (t) => {
  const { user, token, devices } = await withDevices(2)
  t.equal((await end(token)).status, 204)
  for (const device of devices) t.match(await enterPassword(node, user.email, device), asked)
  t.same(await list(token), [])
  t.equal((await end(token)).status, 204, 'also if there is none')
  t.match(await auditRows(node, `type = 'trusted_devices_removed' AND subject_id = $1`, [user.id]), [
    { actor_id: user.id, detail: { count: 2 } },
  ])
})

t.test('nobody ends the trust of another user', async (t) => {
  const ada = await withDevices(1)
  const eve = await withDevices(1)
  for (const id of [idOf(ada.devices[0] ?? ''), 'nonsense', '%00', 'A'.repeat(22)]) {
    t.match(await end(eve.token, `/${id}`), { status: 404, body: { code: 'not_found' } }, id)
  }
  await end(eve.token)
  t.match(await enterPassword(node, ada.user.email, ada.devices[0]), letIn)
})
