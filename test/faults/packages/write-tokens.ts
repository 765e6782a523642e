/** A process that stores one token after the other, and says which are stored. A test kills it. */
import { fileStorage } from '../../../packages/client/src/storage/file.ts'

const [path = '', first = ''] = process.argv.slice(2)
const storage = fileStorage(path)
for (let i = Number(first); ; i++) {
  const before = await storage.read('token')
  if (await storage.replace('token', before, `token ${i} ${'x'.repeat(2000)}`)) process.stdout.write(`${i}\n`)
}
