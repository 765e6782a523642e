// A worker: the verifier is made outside of a request, and everything else happens within requests.
import { countersign } from '@countersign/verify/fetch'

const auth = countersign(OPTIONS)

export default {
  async fetch(request) {
    const principal = await auth.authenticate(request)
    return principal instanceof Response ? principal : Response.json({ userId: principal.userId })
  },
}
