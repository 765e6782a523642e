/** A command whose reader has gone, as in `countersign --help | head -1`, ends without a stack. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t from 'tap'

t.test('a reader that ends early is no mistake', async (t) => {
  const pipe = 'set -o pipefail; "$0" src/main.ts --help | true'
  const { stdout, stderr } = await promisify(execFile)('bash', ['-c', pipe, process.execPath])
  t.same({ stdout, stderr }, { stdout: '', stderr: '' })
})
