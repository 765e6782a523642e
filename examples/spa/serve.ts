/**
 * `npm run example:spa`: the sample app at http://localhost:5173 for the server at API_URL. Node turns its TypeScript into
 * JavaScript, and that of the client. The Content-Security-Policy allows the page only its own scripts and requests to that server.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'

const client = join(import.meta.dirname, '../../packages/client/src')
/** The paths of the links in mails, if APP_URL is this app. */
const pages = new Set(['/', '/open-account', '/verify-email', '/change-email', '/reset-password', '/sign-in'])
const scripts = ['approve', 'auth', 'devices', 'entry', 'factors', 'mail', 'page', 'proof', 'setup', 'view']
const files = new Set(['/index.html', '/style.css', ...scripts.map((name) => `/${name}.ts`)])

/** The text of the file at this path, or undefined. */
function read(path: string): string | undefined {
  const name = pages.has(path) ? '/index.html' : path
  if (files.has(name)) return readFileSync(join(import.meta.dirname, name), 'utf8')
  const [, file] = /^\/client\/((?:[a-z-]+\/)?[a-z-]+\.ts)$/.exec(path) ?? []
  try {
    return file && readFileSync(join(client, file), 'utf8')
  } catch {
    return undefined
  }
}

/** Serves the files of the sample app. */
export function sampleApp(apiUrl: string): RequestListener {
  // The map says where the page finds @countersign/client. It is the only script in the page itself.
  const importMap = /<script type="importmap">(.*?)<\/script>/s.exec(read('/') ?? '')?.[1] ?? ''
  const hash = createHash('sha256').update(importMap).digest('base64')
  const headers = {
    'content-security-policy': [
      "default-src 'none'",
      `script-src 'self' 'sha256-${hash}'`,
      "style-src 'self'",
      'img-src data:',
      `connect-src ${apiUrl}`,
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
    ].join('; '),
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  }
  return ({ url = '/' }, response) => {
    const path = url.split('?', 1)[0] ?? ''
    const text = read(path)
    if (text === undefined) response.writeHead(404, headers).end('Not found\n')
    else if (path.endsWith('.css')) response.writeHead(200, { ...headers, 'content-type': 'text/css' }).end(text)
    else if (path.endsWith('.ts'))
      response.writeHead(200, { ...headers, 'content-type': 'text/javascript' }).end(stripTypeScriptTypes(text))
    else
      response
        .writeHead(200, { ...headers, 'content-type': 'text/html; charset=utf-8' })
        .end(text.replace('%API_URL%', apiUrl))
  }
}

if (import.meta.main) {
  const { SPA_PORT = '5173', API_URL = 'http://localhost:3000' } = process.env
  const apiUrl = new URL(API_URL).origin
  createServer(sampleApp(apiUrl)).listen(Number(SPA_PORT), 'localhost', () => {
    process.stdout.write(`The sample app is at http://localhost:${SPA_PORT}, its server at ${apiUrl}\n`)
  })
}
