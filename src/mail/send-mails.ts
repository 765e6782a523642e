/**
 * Sends the mails of the outbox, on every node. The node looks every second, and at once when it has posted a mail. A mail is tried until a
 * mail server has accepted it, or is marked as undeliverable. It can arrive twice, with the same Message-ID, in two cases: the server had
 * the whole mail and never answered, so it is tried once more; or a process or the database ended between the OK of the server and the
 * deletion.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { createBackgroundLoop } from '../clock/background-loop.ts'
import { attemptDelivery, type Patience, usualPatience } from './attempt-delivery.ts'
import type { ClaimedMail, MailStore } from './mail-store.ts'
import type { Outbox } from './outbox.ts'
import { DeliveryError, type SendMail } from './smtp.ts'

export type { Patience }

type Dependencies = {
  store: MailStore
  outbox: Pick<Outbox, 'open'>
  send: SendMail
  /** Called for every mail that was not accepted. Its argument names no user and no address. */
  onFailure: (failure: { id: string; kind: string; attempts: number; error: string; dead: boolean }) => void
  onError: (error: Error) => void
  patience?: Partial<Patience> | undefined
}

const lookEveryMs = 1000
// A slow server may hold each connection for minutes. Many servers accept fifty connections from one address.
const mostAtOnce = 20
const mostAttempts = 10
// After a lost answer, the mail is tried again an hour later. A recipient who has it already then gets it only twice.
const perhapsTakenPauseSeconds = 3600
const forgetWithinMs = 15_000
// Attempts have this long when the node stops.
const stopWithinMs = 3000

/** Waits of 10 s, 30 s, 90 s and so on, two hours at most, each a tenth longer or shorter: ten attempts in seven hours. */
const retryAfterSeconds = (attempts: number) => Math.min(10 * 3 ** (attempts - 1), 7200) * (0.9 + Math.random() / 5)

export type MailSender = {
  /** Looks at once. Call it when this node has posted a mail. */
  readonly wake: () => void
  /**
   * Claims no more mails, waits a moment for the attempts, and gives the others back. A mail that a server has and has not confirmed counts as
   * perhaps taken.
   */
  readonly stop: () => Promise<void>
}

export function startMailSender(dependencies: Dependencies): MailSender {
  const { store, outbox, send, onFailure, onError } = dependencies
  const patience = { ...usualPatience, ...dependencies.patience }
  const { leaseMs } = patience
  const stopping = new AbortController()
  const underWay = new Set<ReturnType<typeof begin>>()
  let mayHoldMore = false
  let renewAt = 0

  function begin(mail: ClaimedMail, leasedUntil: number) {
    const attempt = attemptDelivery({ mail, outbox, send, patience, stopping: stopping.signal })
    return { mail, attempt, leasedUntil, done: settle(mail, attempt.taken) }
  }

  async function settle(mail: ClaimedMail, taken: Promise<void>): Promise<void> {
    try {
      await taken
    } catch (error) {
      const perhapsTaken = error instanceof DeliveryError && error.perhapsTaken
      if (stopping.signal.aborted && !perhapsTaken) await store.release(mail)
      else await fail(mail, error, perhapsTaken)
      return
    }
    await forget(mail.id)
  }

  async function fail(mail: ClaimedMail, error: unknown, perhapsTaken: boolean): Promise<void> {
    if (!(error instanceof DeliveryError)) onError(error as Error)
    const { id, kind, attempts, unanswered } = mail
    const said = error instanceof DeliveryError ? error.message : 'it could not be written'
    const reason = unanswered > 0 ? `${said}; perhaps taken before` : said
    const hopeless = error instanceof DeliveryError && error.permanent
    const dead = hopeless || attempts >= mostAttempts || (perhapsTaken && unanswered > 0)
    const pause = perhapsTaken ? perhapsTakenPauseSeconds : retryAfterSeconds(attempts)
    await (dead ? store.bury(mail, reason) : store.retry(mail, reason, pause, perhapsTaken))
    onFailure({ id, kind, attempts, error: reason, dead })
  }

  /** Deletes an accepted mail, also if the database is away for a moment. Otherwise the mail would be sent again. */
  async function forget(id: string): Promise<void> {
    const until = performance.now() + forgetWithinMs
    for (;;) {
      try {
        await store.remove(id)
        return
      } catch (error) {
        if (performance.now() > until || stopping.signal.aborted) throw error
        await sleep(250)
      }
    }
  }

  function take(mail: ClaimedMail, leasedUntil: number): void {
    const delivery = begin(mail, leasedUntil)
    underWay.add(delivery)
    void delivery.done.catch(onError).finally(() => {
      underWay.delete(delivery)
      if (mayHoldMore) loop.wake()
    })
  }

  /** Renews the claims, so that no other node takes the mails. An attempt whose lease has ended is given up, unless the server has the mail. */
  async function renew(): Promise<void> {
    const now = performance.now()
    for (const { attempt, leasedUntil } of underWay) if (now > leasedUntil) attempt.giveUp()
    if (now < renewAt || underWay.size === 0) return
    const renewing = [...underWay]
    const claimed = await store.renew(
      renewing.map(({ mail }) => mail),
      leaseMs / 1000,
    )
    renewAt = now + leaseMs / 3
    for (const delivery of renewing) delivery.leasedUntil = claimed.has(delivery.mail.id) ? now + leaseMs : now
  }

  async function look(): Promise<void> {
    const free = mostAtOnce - underWay.size
    if (free <= 0) return
    const now = performance.now()
    const claimed = await store.claim(free, leaseMs / 1000)
    mayHoldMore = claimed.length === free
    for (const mail of claimed) take(mail, now + leaseMs)
  }

  async function turn(): Promise<void> {
    await renew().catch(onError)
    await look().catch(onError)
  }

  const loop = createBackgroundLoop({ turn, pauseMs: () => Math.min(lookEveryMs, leaseMs / 3), onError })
  loop.start()

  return {
    wake: loop.wake,

    async stop() {
      await loop.stop()
      const moment = AbortSignal.timeout(stopWithinMs)
      moment.addEventListener('abort', () => stopping.abort())
      await Promise.allSettled([...underWay].map(({ done }) => done))
    },
  }
}
