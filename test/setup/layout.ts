/** Reads the layout of src/ from CONTRIBUTING.md. */
import { readFile } from 'node:fs/promises'

export type Layout = Readonly<Record<'features' | 'core' | 'ground', readonly string[]>>

/** The folders under each heading of the page. */
export async function readLayout(): Promise<Layout> {
  const page = await readFile('CONTRIBUTING.md', 'utf8')
  const blocks = page.split(/^(features|core|ground)$/m)
  const foldersOf = (layer: string) => {
    const block = blocks[blocks.indexOf(layer) + 1] ?? ''
    return Array.from(block.split('```')[0]?.matchAll(/^ {2}([a-z-]+)\/ /gm) ?? [], ([, folder = '']) => folder)
  }
  return { features: foldersOf('features'), core: foldersOf('core'), ground: foldersOf('ground') }
}
