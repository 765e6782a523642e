/** The database's time, as a node estimates it between two reads. */
import t from 'tap'
import { createDatabaseClock } from '../../src/clock/database-clock.ts'

const noon = 1_800_000_000_000
const hour = 3600_000

/** A machine whose time of day is off by `off` milliseconds, and a database whose time is right. */
function setup({ off = 0 } = {}) {
  const world = { off, passed: 0 }
  const clock = createDatabaseClock({ machine: () => noon + world.passed + world.off, elapsed: () => world.passed })
  const truth = () => noon + world.passed
  const look = (roundTripMs = 2) => {
    const askedAt = world.passed
    world.passed += roundTripMs / 2
    const told = truth()
    world.passed += roundTripMs / 2
    clock.heard(told, askedAt)
  }
  return { clock, world, truth, look }
}

t.test('the clock agrees with a machine whose time is right', async (t) => {
  const { clock, world, truth, look } = setup()
  for (const roundTripMs of [2, 900, 2]) {
    look(roundTripMs)
    world.passed += 1000
    t.equal(clock.now(), truth())
    t.equal(clock.skewMs(), 0)
  }
})

for (const off of [-hour, -6000, 6000, hour]) {
  t.test(`the clock corrects a machine that is off by ${off} ms`, async (t) => {
    const { clock, world, truth, look } = setup({ off })
    look()
    world.passed += 1000
    t.ok(Math.abs(clock.now() - truth()) <= 3)
    t.ok(Math.abs(clock.skewMs() - Math.abs(off)) <= 3, `${clock.skewMs()}`)
    world.off = 0
    look()
    t.equal(clock.skewMs(), 0, 'no skew after the machine is put right')
  })
}

t.test('a slow answer does not count as skew, because the difference may be its travel time', async (t) => {
  const { clock, look } = setup({ off: 3000 })
  look(8000)
  t.equal(clock.skewMs(), 0)
})

t.test('the clock never goes back, and reports by how much it is ahead of the database', async (t) => {
  const { clock, world, look } = setup()
  look()
  const before = clock.now()
  const roundTrip = 2
  clock.heard(noon - hour, world.passed - roundTrip)
  t.equal(clock.now(), before)
  t.ok(clock.skewMs() > hour - 10)
  world.passed += hour + 10
  t.ok(clock.now() > before, 'the clock moves again when the database has caught up')
})
