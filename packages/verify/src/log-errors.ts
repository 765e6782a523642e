/** The `onError` of the Fastify plugin: it logs errors, and of the refusals of tokens only one a minute for each reason. */
import { type RefusalReason, TokenRefusal } from '../../../src/tokens/refusal.ts'

const pauseMs = 60_000

/**
 * Strangers can cause as many refusals as they like, so a line stands for all those of a minute. A service whose clock is wrong still tells
 * so: `issued_in_future`.
 */
export function createLogErrors(
  warn: (about: object, text: string) => void,
  now: () => number = () => performance.now(),
) {
  const since = new Map<RefusalReason, { at: number; more: number }>()

  return function logError(err: Error): void {
    if (!(err instanceof TokenRefusal)) return warn({ err }, 'countersign')
    const { reason, message } = err
    const last = since.get(reason)
    if (last && now() < last.at + pauseMs) return void last.more++
    warn({ reason, before: last?.more ?? 0 }, `countersign refused a token: ${message}`)
    since.set(reason, { at: now(), more: 0 })
  }
}
