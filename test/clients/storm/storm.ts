/**
 * Simulated life of an app in five tabs. In each step five seconds pass, so that the access token expires, and every tab asks an API at
 * once. In a third of the steps something goes wrong.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { createRandom } from '../../setup/seeded-random.ts'
import type { Adapter } from './adapter.ts'
import { type Fault, planFaults } from './plan.ts'
import { startProxy } from './proxy.ts'
import { openTabs, type Tab } from './tabs.ts'

const stepMs = 5000
const dayMs = 24 * 3600_000
const longestWaitMs = 10_000

export type Report = {
  name: string
  minutes: number
  faults: Record<string, number>
  answers: Record<'ok' | 'no answer' | 'refused', number>
  /** How often a tab told its app that the user is signed out. */
  signOuts: number
  /** How often the user had to sign in again. */
  lostSessions: number
  rotations: number
  refreshes: number
  /** Steps in which nothing was wrong, and the refreshes and rotations in them. */
  quiet: { steps: number; refreshes: number; rotations: number }
  /** Whether all tabs are still signed in at the end. */
  isSignedIn: boolean
  /** Whether all tabs notice when the session is ended on the server. */
  noticesEnd: boolean
}

export async function storm(
  t: Test,
  adapter: Adapter,
  { steps, seed }: { steps: number; seed: number },
): Promise<Report> {
  const random = createRandom(seed)
  const proxy = await startProxy(t, adapter)
  const tabs = await openTabs(t, proxy, adapter, 5)
  const { server, counts } = proxy
  const report: Report = {
    name: adapter.name,
    minutes: (steps * stepMs) / 60_000,
    faults: {},
    answers: { ok: 0, 'no answer': 0, refused: 0 },
    signOuts: 0,
    lostSessions: 0,
    rotations: 0,
    refreshes: 0,
    quiet: { steps: 0, refreshes: 0, rotations: 0 },
    isSignedIn: false,
    noticesEnd: false,
  }
  const answers = { ok: 0, 'no answer': 0, refused: 0 }
  let pending: Promise<unknown>[] = []

  const ask = async (tab: Tab): Promise<void> => void answers[await tabs.ask(tab)]++
  const askAll = async () => void (await Promise.all(tabs.running().map(ask)))
  const anyTab = (): Tab => tabs.running()[Math.floor(random() * tabs.running().length)] as Tab

  /** All tabs ask, and then the late answer comes. Some clients wait for it as long as it takes. */
  async function askWhileLate(): Promise<void> {
    const asked = askAll()
    await Promise.race([asked, sleep(longestWaitMs, undefined, { ref: false })])
    proxy.clear()
    proxy.deliver()
    await asked
  }

  /** Does something to a tab at the moment at which its refresh is under way. */
  async function inRefresh(work: (tab: Tab) => Promise<void>): Promise<void> {
    const tab = anyTab()
    const arrived = proxy.nextRefresh()
    proxy.lose('late')
    const asked = ask(tab)
    await Promise.race([arrived, asked])
    await work(tab)
    await askWhileLate()
    pending.push(asked)
  }

  const acts: Record<Fault, () => Promise<void>> = {
    'lost before the server': lose('lost before the server'),
    'lost after the server': lose('lost after the server'),
    'lost several times': lose(
      'lost after the server',
      'lost after the server',
      'lost before the server',
      'lost after the server',
    ),
    late: async () => {
      proxy.lose('late')
      const asked = askAll()
      await Promise.race([asked, proxy.nextRefresh()])
      await tabs.pass(stepMs)
      pending.push(asked)
      await askWhileLate()
    },
    'tab frozen': () => inRefresh((tab) => tabs.freeze(tab)),
    'tab closed': () => inRefresh((tab) => tabs.replace(tab, 'closed')),
    'tab crashed': () => inRefresh((tab) => tabs.replace(tab, 'crashed')),
    'tab offline for days': async () => {
      const tab = anyTab()
      await tabs.setOffline(tab, true)
      pending.push(ask(tab))
      await askAll()
      await tabs.pass(3 * dayMs)
      await askAll()
    },
    'clock a day ahead': () => tabs.pass(0, dayMs).then(askAll),
    'clock a day back': () => tabs.pass(0, -dayMs).then(askAll),
    'server killed': async () => {
      const asked = askAll()
      await Promise.all([asked, server.kill()])
    },
    'server restarted': async () => void (await Promise.all([askAll(), server.restart()])),
    'key rotated': async () => void (await Promise.all([askAll(), server.rotateKeys?.()])),
  }

  function lose(...losses: Parameters<typeof proxy.lose>) {
    return async () => {
      proxy.lose(...losses)
      await askAll()
    }
  }

  const isSignedIn = async () => (await Promise.all(tabs.tabs.map(tabs.isSignedIn))).every(Boolean)

  /** Before a quiet step, everything is well again, and all tabs agree. */
  async function settle(): Promise<void> {
    proxy.clear()
    proxy.deliver()
    for (const tab of tabs.tabs) if (tab.state !== 'running') await tabs.wake(tab)
    await Promise.all(pending)
    pending = []
    await askAll()
    if (await isSignedIn()) return
    report.lostSessions++
    await tabs.signIn()
  }

  await tabs.signIn()
  for (const fault of planFaults(steps, seed)) {
    await tabs.pass(stepMs)
    if (fault) {
      report.faults[fault] = (report.faults[fault] ?? 0) + 1
      await acts[fault]()
      if (process.env['STORM_LOG']) t.comment(fault, JSON.stringify({ answers, ...counts, out: tabs.counts.signOuts }))
      await settle()
      continue
    }
    const before = { refreshes: counts.refreshes, rotations: await server.rotations() }
    await askAll()
    report.quiet.steps++
    report.quiet.refreshes += counts.refreshes - before.refreshes
    report.quiet.rotations += (await server.rotations()) - before.rotations
  }
  report.isSignedIn = await isSignedIn()
  report.signOuts = tabs.counts.signOuts
  report.rotations = await server.rotations()
  report.refreshes = counts.refreshes
  report.answers = { ...answers }
  await server.endSession()
  await tabs.pass(adapter.tokenMs)
  await askAll()
  await askAll()
  report.noticesEnd = !(await Promise.all(tabs.tabs.map(tabs.isSignedIn))).some(Boolean)
  return report
}
