/**
 * One attempt to deliver one mail, and its time limits. Before the final dot, the attempt can be given up safely. After it (RFC 5321
 * §4.5.3.2.6) the mail server may have accepted the mail, so it gets ten minutes to answer.
 */
import type { ClaimedMail } from './mail-store.ts'
import type { Outbox } from './outbox.ts'
import { DeliveryError, type SendMail } from './smtp.ts'

export type Patience = {
  /** The longest time until the server has the whole mail. */
  readonly attemptMs: number
  /** The longest time after that until the server answers. */
  readonly answerMs: number
  /** How long a claim is valid unless it is renewed. */
  readonly leaseMs: number
}

export const usualPatience: Patience = { attemptMs: 5 * 60_000, answerMs: 10 * 60_000, leaseMs: 60_000 }

type Dependencies = {
  mail: ClaimedMail
  outbox: Pick<Outbox, 'open'>
  send: SendMail
  patience: Patience
  /** Aborted when every attempt must end. */
  stopping: AbortSignal
}

export type Delivery = {
  /** Resolves when the server has accepted the mail. Rejects with a DeliveryError if it has not, or perhaps has. */
  readonly taken: Promise<void>
  /** Ends the attempt, unless the server has the whole mail. */
  readonly giveUp: () => void
}

export function attemptDelivery({ mail, outbox, send, patience, stopping }: Dependencies): Delivery {
  const tooLong = new AbortController()
  const signal = AbortSignal.any([stopping, tooLong.signal])
  let whole = false

  async function deliver(): Promise<void> {
    let timer = setTimeout(() => tooLong.abort(), patience.attemptMs)
    const onWhole = () => {
      whole = true
      clearTimeout(timer)
      timer = setTimeout(() => tooLong.abort(), patience.answerMs)
    }
    try {
      const opened = await outbox.open(mail)
      // Another node may have the secret, so the failure is not permanent.
      if (!opened) throw new DeliveryError('sealed under a secret that is not known here', { permanent: false })
      if (mail.ageSeconds >= (opened.lifeSeconds ?? Infinity)) {
        throw new DeliveryError('its link has expired', { permanent: true })
      }
      await send(opened, { id: mail.id, signal, onWhole })
    } finally {
      clearTimeout(timer)
    }
  }

  return {
    taken: deliver(),

    giveUp: () => {
      if (!whole) tooLong.abort()
    },
  }
}
