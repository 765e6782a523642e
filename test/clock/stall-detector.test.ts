import t from 'tap'
import { createStallDetector } from '../../src/clock/stall-detector.ts'

/** Stops this thread, as a stopped process stands still. */
const standStill = (ms: number) => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)

/** Whether the process read from its sockets before the promise resolved. */
async function readsFirst(settled: Promise<void>): Promise<boolean> {
  let hasRead = false
  setImmediate(() => (hasRead = true))
  await settled
  return hasRead
}

t.test('after a standstill a caller waits until the sockets have been read', async (t) => {
  const stalls = createStallDetector()
  t.teardown(() => stalls.stop())
  t.equal(await readsFirst(stalls.settled()), false, 'usually there is no wait')
  standStill(1100)
  t.equal(await readsFirst(stalls.settled()), true, 'the first request after it, before any timer has run')
  t.equal(await readsFirst(stalls.settled()), true, 'and the next one')
})
