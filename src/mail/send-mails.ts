/**
 * Sends what is in the outbox, on every node: looks every second, and at once when this node has posted something. Each
 * letter is sent until a mail server has taken it, or is visibly dead. It is sent twice only where a process or the
 * database ended between the server's OK and the deletion; then with the same Message-ID.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ClaimedMail, MailStore } from './mail-store.ts'
import type { Outbox } from './outbox.ts'
import { DeliveryError, type SendMail } from './smtp.ts'

type Options = {
  store: MailStore
  outbox: Pick<Outbox, 'open'>
  send: SendMail
  /** Hears of letters that were not taken; nothing in it says whose they are. */
  onFailure: (failure: { id: string; kind: string; attempts: number; error: string; dead: boolean }) => void
  onError: (error: Error) => void
  /** The longest that one attempt may take. */
  attemptMs?: number
}

const lookEveryMs = 1000
const sweepEveryMs = 3600_000
const mostAtOnce = 5
const mostAttempts = 10
const leaseMarginMs = 30_000
// What is under way when the node stops has this long.
const stopWithinMs = 3000

/** 10 s, 30 s, 90 s … two hours at most, a tenth more or less: ten attempts in seven hours. */
const retryAfterSeconds = (attempts: number) => Math.min(10 * 3 ** (attempts - 1), 7200) * (0.9 + Math.random() / 5)

export function startMailSender({ store, outbox, send, onFailure, onError, attemptMs = 30_000 }: Options) {
  const stopped = new AbortController()
  const cutOff = new AbortController()
  const underWay = new Set<Promise<void>>()
  let wake: () => void = () => {}
  let mayHoldMore = false
  let sweepAt = 0

  async function deliver(mail: ClaimedMail): Promise<void> {
    const signal = AbortSignal.any([cutOff.signal, AbortSignal.timeout(attemptMs)])
    try {
      const letter = await outbox.open(mail)
      // Maybe another node has the secret.
      if (!letter) throw new DeliveryError('sealed under a secret that is not known here', { permanent: false })
      if (mail.ageSeconds >= (letter.lifeSeconds ?? Infinity)) {
        throw new DeliveryError('its link has expired', { permanent: true })
      }
      await send(letter, { id: mail.id, signal })
    } catch (error) {
      if (cutOff.signal.aborted) await store.release(mail)
      else await fail(mail, error)
      return
    }
    await forget(mail.id)
  }

  async function fail(mail: ClaimedMail, error: unknown): Promise<void> {
    if (!(error instanceof DeliveryError)) onError(error as Error)
    const reason = error instanceof DeliveryError ? error.message : 'it could not be written'
    const { id, kind, attempts } = mail
    const dead = attempts >= mostAttempts || (error instanceof DeliveryError && error.permanent)
    await (dead ? store.bury(mail, reason) : store.retry(mail, reason, retryAfterSeconds(attempts)))
    onFailure({ id, kind, attempts, error: reason, dead })
  }

  /** A letter that was taken must not be left in the outbox because the database was away for a moment. */
  async function forget(id: string): Promise<void> {
    const until = performance.now() + leaseMarginMs / 2
    for (;;) {
      try {
        await store.remove(id)
        return
      } catch (error) {
        if (performance.now() > until || cutOff.signal.aborted) throw error
        await sleep(250)
      }
    }
  }

  function take(mail: ClaimedMail): void {
    const delivery = deliver(mail)
      .catch(onError)
      .finally(() => {
        underWay.delete(delivery)
        if (mayHoldMore) wake()
      })
    underWay.add(delivery)
  }

  async function look(): Promise<void> {
    const free = mostAtOnce - underWay.size
    if (free > 0) {
      const claimed = await store.claim(free, (attemptMs + leaseMarginMs) / 1000)
      mayHoldMore = claimed.length === free
      claimed.forEach(take)
    }
    if (performance.now() < sweepAt) return
    sweepAt = performance.now() + sweepEveryMs
    await store.sweep()
  }

  async function follow(): Promise<void> {
    while (!stopped.signal.aborted) {
      const told = new Promise<void>((resolve) => (wake = resolve))
      await look().catch(onError)
      const pause = sleep(lookEveryMs, undefined, { signal: stopped.signal }).catch(() => {})
      await Promise.race([told, pause])
    }
  }

  const following = follow()

  return {
    /** Something was posted on this node: look now. */
    wake: (): void => wake(),

    /** Claims nothing more, gives what is under way a moment, and gives back what was not sent by then. */
    async stop(): Promise<void> {
      stopped.abort()
      await following
      const patience = AbortSignal.timeout(stopWithinMs)
      patience.addEventListener('abort', () => cutOff.abort())
      await Promise.all(underWay)
    },
  }
}

export type MailSender = ReturnType<typeof startMailSender>
