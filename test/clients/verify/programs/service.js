// Plain JavaScript: the function and the handler of requests, in Node and Bun. It prints what becomes of each token.
import { createVerifier, TokenRefusal } from '@countersign/verify'
import { countersign } from '@countersign/verify/fetch'

const { options, tokens } = JSON.parse(process.env.TEST)
const refusals = []
const onError = (error) => error instanceof TokenRefusal && refusals.push(error.reason)
const verifier = createVerifier({ ...options, onError })
const handler = countersign({ ...options, onError: () => {} })

const verdict = (token) =>
  verifier.verify(token).then(
    ({ userId }) => userId,
    ({ code }) => code,
  )
const answer = async (token) => {
  const headers = { authorization: `Bearer ${token}` }
  const found = await handler.authenticate(new Request('http://localhost/', { headers }))
  return found instanceof Response ? found.status : found.userId
}

while (!verifier.isReady() || !handler.isReady() || (await verdict(tokens.gone)) !== 'token_revoked')
  await new Promise((resolve) => setTimeout(resolve, 20))
const said = {}
for (const [name, token] of Object.entries(tokens)) said[name] = [await verdict(token), await answer(token)]
const signal = verifier.signalFor(await verifier.verify(tokens.good))
await Promise.all([verifier.close(), handler.close()])
console.log(JSON.stringify({ said, aborted: signal.aborted, reasons: [...new Set(refusals)] }))
