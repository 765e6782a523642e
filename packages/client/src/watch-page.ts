/// <reference lib="dom" />

/** Calls back when the page is shown again, after it may have been frozen, and when the network comes back. Returns a function that ends this. */
export function watchPage({ onVisible, onOnline }: { onVisible: () => void; onOnline: () => void }): () => void {
  if (typeof document === 'undefined') return () => {}
  const onVisibility = () => {
    if (document.visibilityState === 'visible') onVisible()
  }
  document.addEventListener('visibilitychange', onVisibility)
  globalThis.addEventListener('pageshow', onVisible)
  globalThis.addEventListener('online', onOnline)
  return () => {
    document.removeEventListener('visibilitychange', onVisibility)
    globalThis.removeEventListener('pageshow', onVisible)
    globalThis.removeEventListener('online', onOnline)
  }
}
