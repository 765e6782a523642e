/** Tells the other tabs of the page's origin about a change. Without BroadcastChannel, a tab learns of it when it reads the storage. */
export type Channel = {
  send(text: string): void
  onMessage(listener: (text: string) => void): void
  close(): void
}

export function createChannel(name: string, isShared: boolean): Channel {
  // In Node, an open channel would keep the process alive, and reaches only its own threads.
  const isBrowser = typeof window !== 'undefined' && typeof BroadcastChannel === 'function'
  const channel = isShared && isBrowser ? new BroadcastChannel(name) : undefined
  return {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel never leaves its origin
    send: (text) => channel?.postMessage(text),
    onMessage: (listener) => channel?.addEventListener('message', ({ data }) => listener(String(data))),
    close: () => channel?.close(),
  }
}
