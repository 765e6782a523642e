/** Fastify with one route that returns the body of whoami, which shows the cost of the framework alone. */
import Fastify from 'fastify'
import { serve } from '../harness/serve.ts'
import { answer, answerSchema } from './answer.mjs'

const app = Fastify()
app.get('/whoami', { schema: { response: { 200: answerSchema } } }, async () => answer)

await serve({ listen: () => app.listen({ port: 0, host: '127.0.0.1' }) })
