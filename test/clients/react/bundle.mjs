/** Bundles a file with Vite as for production. Prints its size in bytes: minified, and compressed with gzip. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'

const [entry, outDir] = process.argv.slice(2)
await build({
  root: import.meta.dirname,
  configFile: false,
  logLevel: 'error',
  build: {
    outDir,
    minify: true,
    rollupOptions: { input: join(import.meta.dirname, entry), output: { entryFileNames: 'bundle.js' } },
  },
})
const bundle = readFileSync(join(outDir, 'bundle.js'))
console.log(JSON.stringify({ bytes: bundle.length, gzip: gzipSync(bundle, { level: 9 }).length }))
