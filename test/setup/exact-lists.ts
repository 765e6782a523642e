/**
 * Makes `t.match` compare whole lists. As tap has it, a list need only begin like the pattern, so that
 * `t.match(answer, { setCookies: [] })` passes for any cookies. The test runner starts every file with this
 * module (scripts/run-tests.ts), and test/assertions.test.ts fails when it has no effect.
 */
import { Format, Has } from 'tcompare'

const wholeList = Object.getOwnPropertyDescriptor(Format.prototype, 'objectAsArray')
if (!wholeList) throw new Error('This version of tcompare compares lists in another way.')
Object.defineProperty(Has.prototype, 'objectAsArray', wholeList)
