/** Reads the scripts of the built-in pages. They are TypeScript in the source, and JavaScript after a build. */
import { readFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { extname } from 'node:path'

const extension = extname(import.meta.filename)
const importOf = /(from '\.\/[a-z-]+)\.ts'/g

/** The text of `browser/NAME`, as browsers run it. */
export async function browserScript(name: string): Promise<string> {
  const source = await readFile(new URL(`browser/${name}${extension}`, import.meta.url), 'utf8')
  return extension === '.ts' ? stripTypeScriptTypes(source).replaceAll(importOf, "$1.js'") : source
}
