/** A module to preload. It moves the clock of this process by the milliseconds in the file CLOCK_FILE, which may change at any moment. */
import { readFileSync } from 'node:fs'

const file = process.env.CLOCK_FILE
if (file) {
  const Machine = Date
  globalThis.Date = class extends Machine {
    constructor(...given) {
      if (given.length > 0) super(...given)
      else super(Date.now())
    }
    static now() {
      return Machine.now() + Number(readFileSync(file, 'utf8'))
    }
  }
}
