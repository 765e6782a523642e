/** Prints for each argument, a file with code, whether it parses. The first argument is the language. */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { Language, Parser } from 'web-tree-sitter'

const [language, ...files] = process.argv.slice(2)
await Parser.init()
const parser = new Parser()
const grammar = import.meta.resolve(`tree-sitter-wasms/out/tree-sitter-${language}.wasm`)
parser.setLanguage(await Language.load(fileURLToPath(grammar)))
for (const file of files) process.stdout.write(`${!parser.parse(await readFile(file, 'utf8')).rootNode.hasError}\n`)
