/**
 * One attempt at one letter, and how long each part of it may take. Before the final dot it is given up with no harm; after it
 * (RFC 5321 §4.5.3.2.6), the server may have taken the letter, so it has ten minutes to say so.
 */
import type { ClaimedMail } from './mail-store.ts'
import type { Outbox } from './outbox.ts'
import { DeliveryError, type SendMail } from './smtp.ts'

export type Patience = {
  /** The longest until the server has the whole letter. */
  readonly attemptMs: number
  /** And then until it answers. */
  readonly answerMs: number
  /** How long a claim is good for, unless it is renewed. */
  readonly leaseMs: number
}

export const usualPatience: Patience = { attemptMs: 5 * 60_000, answerMs: 10 * 60_000, leaseMs: 60_000 }

type Dependencies = {
  mail: ClaimedMail
  outbox: Pick<Outbox, 'open'>
  send: SendMail
  patience: Patience
  /** Aborted when whatever is under way must end. */
  stopping: AbortSignal
}

export function attemptDelivery({ mail, outbox, send, patience, stopping }: Dependencies) {
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
      const letter = await outbox.open(mail)
      // Maybe another node has the secret.
      if (!letter) throw new DeliveryError('sealed under a secret that is not known here', { permanent: false })
      if (mail.ageSeconds >= (letter.lifeSeconds ?? Infinity)) {
        throw new DeliveryError('its link has expired', { permanent: true })
      }
      await send(letter, { id: mail.id, signal, onWhole })
    } finally {
      clearTimeout(timer)
    }
  }

  return {
    /** Ends when the server has taken the letter; in a DeliveryError where it has not, or has perhaps. */
    taken: deliver(),

    /** Ends it, unless the server has the whole letter. */
    giveUp: (): void => {
      if (!whole) tooLong.abort()
    },
  }
}
