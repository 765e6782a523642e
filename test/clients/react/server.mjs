/** Renders the page as a server does, and prints what comes out. */
import { renderToReadableStream, renderToString } from 'react-dom/server'
import { newClient, page } from './page.mjs'

const [state] = process.argv.slice(2)
const initialState = JSON.parse(state)
let requests = 0
const client = newClient('https://auth.example.test', { fetch: async () => (requests++, Response.error()) })
const errors = []
const stream = await renderToReadableStream(page({ client, suspense: true }), {
  onError: (error) => void errors.push(error.message),
})
const suspended = await new Response(stream).text()
const plain = renderToString(page({ client }))
const known = renderToString(page({ client, initialState, suspense: true }))
console.log(JSON.stringify({ plain, known, suspended, errors, requests }))
