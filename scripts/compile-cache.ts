/** Where Node keeps compiled code, so that the next process of a test run loads the server in half the time. */
import { resolve } from 'node:path'

/** For NODE_COMPILE_CACHE. */
export const compileCache = resolve(import.meta.dirname, '../node_modules/.cache/compiled')
