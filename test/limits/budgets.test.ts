/** The waits that follow from a rate. */
import t from 'tap'
import { guessBudget, windowBudget } from '../../src/limits/budgets.ts'

t.test('after the free guesses each wait is twice as long as the last, up to a quarter of an hour', async (t) => {
  const budget = guessBudget({ count: 5, seconds: 86_400 })
  t.same(budget, { free: 5, seconds: 86_400, delays: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900], slides: true })
})

t.test('no wait is longer than the time after which guesses are forgotten', async (t) => {
  t.same(guessBudget({ count: 1, seconds: 5 }).delays, [1, 2, 4, 5])
  t.same(guessBudget({ count: 1, seconds: 1 }).delays, [1])
  t.ok(guessBudget({ count: 5, seconds: 9_999_999 }).delays.length < 20)
})

t.test('an attacker gets about a hundred guesses at an account in a day', async (t) => {
  const { free, delays } = guessBudget({ count: 5, seconds: 86_400 })
  let tries = 0
  for (let time = 0; time < 86_400; time += tries < free ? 0 : (delays[tries - free] ?? delays.at(-1) ?? 0)) tries++
  t.comment(`${tries} guesses in 24 hours`)
  t.ok(tries > 90 && tries < 120, String(tries))
})

t.test('a window refuses until its end', async (t) => {
  t.same(windowBudget({ count: 5, seconds: 60 }), { free: 5, seconds: 60, delays: [60], slides: false })
})
