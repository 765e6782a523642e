/** The titles of problem documents. */
import { STATUS_CODES } from 'node:http'
import t from 'tap'
import { catalogue } from '../../../src/errors.ts'
import { phrases } from '../../../src/http/errors/write-problem.ts'

t.test('each status of the catalogue has the phrase that Node gives it', async (t) => {
  for (const status of new Set(Object.values(catalogue).map((entry) => entry.status)))
    t.equal(phrases[status], STATUS_CODES[status], String(status))
})
