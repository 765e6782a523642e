import t from 'tap'
import { guessBudget, windowBudget } from '../../src/limits/budgets.ts'

t.test('guesses: free ones first, then each waits twice as long, a quarter of an hour at most', async (t) => {
  const budget = guessBudget({ count: 5, seconds: 86_400 })
  t.same(budget, { free: 5, seconds: 86_400, delays: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900], slides: true })
})

t.test('nobody waits longer than it takes to be forgotten', async (t) => {
  t.same(guessBudget({ count: 1, seconds: 5 }).delays, [1, 2, 4, 5])
  t.same(guessBudget({ count: 1, seconds: 1 }).delays, [1])
  t.ok(guessBudget({ count: 5, seconds: 9_999_999 }).delays.length < 20)
})

t.test('in a day, one after the other, who guesses gets about a hundred tries at an account', async (t) => {
  const { free, delays } = guessBudget({ count: 5, seconds: 86_400 })
  let tries = 0
  for (let time = 0; time < 86_400; time += tries < free ? 0 : (delays[tries - free] ?? delays.at(-1) ?? 0)) tries++
  t.comment(`${tries} guesses in 24 hours`)
  t.ok(tries > 90 && tries < 120, String(tries))
})

t.test('what may be done so many times in a window waits for its end', async (t) => {
  t.same(windowBudget({ count: 5, seconds: 60 }), { free: 5, seconds: 60, delays: [60], slides: false })
})
