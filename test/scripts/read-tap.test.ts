import t from 'tap'
import { readTap } from '../../scripts/read-tap.ts'

t.test('assertions that hold are counted, tests that hold them are not', async (t) => {
  const tap = ['# Subtest: outer', '    # Subtest: inner', '        ok 1 - a', '        ok 2 - b', '        1..2']
  const { passed, failures } = readTap(
    [...tap, '    ok 1 - inner # time=3ms', 'ok 1 - outer # time=4ms', '1..1'].join('\n'),
  )
  t.equal(passed, 2)
  t.same(failures, [])
})

t.test('a failure is told with the titles around it and with its details', async (t) => {
  const tap = `
# Subtest: outer
    # Subtest: inner
        ok 1 - first
        not ok 2 - second
          ---
          source: |
            ok 1 - a line of source
            ...
          diff: none
          ...
        1..2
    not ok 1 - inner # time=3ms
      ---
      at: somewhere
      ...
not ok 1 - outer # time=4ms
`
  const { passed, failures } = readTap(tap)
  t.equal(passed, 1)
  t.same(
    failures.map(({ titles }) => titles),
    [['outer', 'inner', 'second']],
  )
  t.match(failures[0]?.details.join('\n'), /a line of source[^]*diff: none/)
})

t.test('a test that fails without a failed assertion is a failure itself', async (t) => {
  const { failures } = readTap('# Subtest: outer\n    ok 1 - a\n    1..2\nnot ok 1 - outer # time=1ms\n')
  t.same(failures, [{ titles: ['outer'], details: [] }])
})

t.test('skipped tests and comments are told, and do not count as passed', async (t) => {
  const tap = '# a figure: 5 ms\nok 1 - in Redis # SKIP no Redis here\n# { total: 1, skip: 1 }\n# time=5ms\n'
  t.same(readTap(tap), { passed: 0, failures: [], skipped: ['in Redis (no Redis here)'], comments: ['a figure: 5 ms'] })
})
