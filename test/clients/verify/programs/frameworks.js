// Fastify, Express 4 and 5, Connect and Hono, in one process each with its own port or none. It prints the answers.
import { createServer } from 'node:http'
import { countersign as forExpress, principalOf } from '@countersign/verify/express'
import { principalOf as fastifyPrincipalOf, countersign as forFastify } from '@countersign/verify/fastify'
import { countersign as forFetch } from '@countersign/verify/fetch'
import connect from 'connect'
import express from 'express'
import express4 from 'express4'
import Fastify from 'fastify'
import { Hono } from 'hono'

const { options: given, tokens } = JSON.parse(process.env.TEST)
const options = { ...given, onError: () => {} }
const middleware = forExpress(options)
const passing = forExpress({ ...options, passErrors: true })
const handler = forFetch(options)

const fastify = Fastify()
await fastify.register(forFastify, options)
fastify.get('/', { onRequest: fastify.authenticate() }, async (request) => ({
  userId: fastifyPrincipalOf(request).userId,
}))
const answer = (request, response) => response.json({ userId: principalOf(request).userId })
const onError = (error, _request, response, _next) => response.status(error.statusCode).json({ passed: error.code })
const routesOf = (make) =>
  make().get('/', middleware.authenticate(), answer).get('/passed', passing.authenticate(), answer).use(onError)
const connected = connect()
  .use(middleware.authenticate())
  .use((request, response) => response.end(JSON.stringify({ userId: request.principal.userId })))
const hono = new Hono().get('/', handler.hono(), (context) => context.json({ userId: context.get('principal').userId }))

const listening = []
async function serve(handle) {
  const server = createServer(handle).listen(0, '127.0.0.1')
  listening.push(server)
  await new Promise((resolve) => server.once('listening', resolve))
  return `http://127.0.0.1:${server.address().port}`
}
const served = {
  express: await serve(routesOf(express)),
  express4: await serve(routesOf(express4)),
  connect: await serve(connected),
  fastify: await fastify.listen({ port: 0, host: '127.0.0.1' }),
}
const asks = {
  ...Object.fromEntries(Object.entries(served).map(([name, url]) => [name, (init) => fetch(`${url}/`, init)])),
  hono: (init) => hono.request('/', init),
  passed: (init) => fetch(`${served.express}/passed`, init),
}
const said = {}
for (const [name, ask] of Object.entries(asks)) {
  const headersOf = (token) => ({ headers: token ? { authorization: `Bearer ${token}` } : {} })
  while ((await ask(headersOf(tokens.gone)).then((one) => one.json())).code === 'not_ready');
  const read = async (token) => {
    const response = await ask(headersOf(token))
    const { userId, code, passed } = await response.json()
    return [response.status, userId ?? code ?? passed, response.headers.get('www-authenticate')?.slice(0, 28) ?? null]
  }
  said[name] = [await read(tokens.good), await read('a.b.c'), await read()]
}
await Promise.all([fastify.close(), middleware.close(), passing.close(), handler.close()])
for (const server of listening) server.close().closeAllConnections()
console.log(JSON.stringify(said))
