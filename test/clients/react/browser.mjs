/** Hydrates what the server has rendered, and renders a page that suspends. */
import { createRoot, hydrateRoot } from 'react-dom/client'
import { newClient, page, seen } from './page.mjs'

const { initialState, baseUrl } = JSON.parse(document.getElementById('given').textContent)
window.seen = seen
window.faults = []
window.client = newClient(baseUrl)
const onRecoverableError = (error) => void window.faults.push(error.message)
if (initialState)
  hydrateRoot(document.getElementById('root'), page({ client: window.client, initialState }), { onRecoverableError })
else window.root = createRoot(document.getElementById('root'), { onRecoverableError })
window.show = () => window.root.render(page({ client: window.client, suspense: true }))
if (!initialState) window.show()
