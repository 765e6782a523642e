/**
 * Sends what is in the outbox, on every node: looks every second, and at once when this node has posted something. Each
 * letter is sent until a mail server has taken it, or is visibly dead. It may arrive twice, with the same Message-ID, only
 * where nobody could know whether it was taken: the server had it whole and never answered, which is tried once more; or a
 * process or the database ended between the server's OK and the deletion.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { createBackgroundLoop } from '../clock/background-loop.ts'
import { attemptDelivery, type Patience, usualPatience } from './attempt-delivery.ts'
import type { ClaimedMail, MailStore } from './mail-store.ts'
import type { Outbox } from './outbox.ts'
import { DeliveryError, type SendMail } from './smtp.ts'

export type { Patience }

type Options = {
  store: MailStore
  outbox: Pick<Outbox, 'open'>
  send: SendMail
  /** Hears of letters that were not taken; nothing in it says whose they are. */
  onFailure: (failure: { id: string; kind: string; attempts: number; error: string; dead: boolean }) => void
  onError: (error: Error) => void
  patience?: Partial<Patience> | undefined
}

const lookEveryMs = 1000
// A slow server keeps each of these for minutes; many servers take fifty connections from one address.
const mostAtOnce = 20
const mostAttempts = 10
// Whoever lost the answer may have it an hour later; whoever has the letter already is not written to again and again.
const perhapsTakenPauseSeconds = 3600
const forgetWithinMs = 15_000
// What is under way when the node stops has this long.
const stopWithinMs = 3000

/** 10 s, 30 s, 90 s … two hours at most, a tenth more or less: ten attempts in seven hours. */
const retryAfterSeconds = (attempts: number) => Math.min(10 * 3 ** (attempts - 1), 7200) * (0.9 + Math.random() / 5)

export function startMailSender({ store, outbox, send, onFailure, onError, patience: given }: Options) {
  const patience = { ...usualPatience, ...given }
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

  /** A letter that was taken must not be left in the outbox because the database was away for a moment. */
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

  /** No other node takes what is being sent. Where that cannot be kept up, what the server does not have yet is left to it. */
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
    /** Something was posted on this node: look now. */
    wake: loop.wake,

    /**
     * Claims nothing more, gives what is under way a moment, and gives back what no server had by then. What a server has and
     * has not answered is perhaps taken.
     */
    async stop(): Promise<void> {
      await loop.stop()
      const moment = AbortSignal.timeout(stopWithinMs)
      moment.addEventListener('abort', () => stopping.abort())
      await Promise.allSettled([...underWay].map(({ done }) => done))
    },
  }
}

export type MailSender = ReturnType<typeof startMailSender>
