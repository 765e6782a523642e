// The same in edge-runtime, which hands requests to a listener.
import worker from './worker.js'

addEventListener('fetch', (event) => event.respondWith(worker.fetch(event.request)))
