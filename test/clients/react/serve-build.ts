/** Serves what Vite has built, under a strict Content-Security-Policy. */
import { readFile } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { extname, join } from 'node:path'

const types: Record<string, string> = { '.js': 'text/javascript', '.css': 'text/css', '.html': 'text/html' }

/** Every path without a file is a page of the app. `built` returns the folder of the build. */
export function serveBuild(api: string, built: Promise<string>): RequestListener {
  const policy = `default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src ${api}`
  return ({ url = '/' }, response) => {
    const path = url.split('?', 1)[0] ?? '/'
    const name = extname(path) in types ? path : '/index.html'
    built
      .then((folder) => readFile(join(folder, name)))
      .then(
        (content) =>
          response
            .writeHead(200, { 'content-type': types[extname(name)], 'content-security-policy': policy })
            .end(content),
        () => response.writeHead(404).end(),
      )
  }
}
