/**
 * `npm run example:spa`: the sample app at http://localhost:5173 for the server at API_URL. Node turns its TypeScript into
 * JavaScript. The Content-Security-Policy allows the page only its own scripts and requests to that server.
 */
import { readFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'

const files = new Map([
  ['/', { name: 'index.html', type: 'text/html; charset=utf-8' }],
  ['/style.css', { name: 'style.css', type: 'text/css; charset=utf-8' }],
  ['/page.ts', { name: 'page.ts', type: 'text/javascript; charset=utf-8' }],
  ['/devices.ts', { name: 'devices.ts', type: 'text/javascript; charset=utf-8' }],
  ['/api.ts', { name: 'api.ts', type: 'text/javascript; charset=utf-8' }],
])

/** Serves the files of the sample app. */
export function sampleApp(apiUrl: string): RequestListener {
  const headers = {
    'content-security-policy': [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      'img-src data:',
      `connect-src ${apiUrl}`,
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
    ].join('; '),
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  }
  return ({ url = '/' }, response) => {
    const file = files.get(url.split('?', 1)[0] ?? '')
    if (!file) {
      response.writeHead(404, headers).end('Not found\n')
      return
    }
    const text = readFileSync(join(import.meta.dirname, file.name), 'utf8')
    const content = file.name.endsWith('.ts') ? stripTypeScriptTypes(text) : text.replace('%API_URL%', apiUrl)
    response.writeHead(200, { ...headers, 'content-type': file.type }).end(content)
  }
}

if (import.meta.main) {
  const { SPA_PORT = '5173', API_URL = 'http://localhost:3000' } = process.env
  const apiUrl = new URL(API_URL).origin
  createServer(sampleApp(apiUrl)).listen(Number(SPA_PORT), 'localhost', () => {
    process.stdout.write(`The sample app is at http://localhost:${SPA_PORT}, its server at ${apiUrl}\n`)
  })
}
