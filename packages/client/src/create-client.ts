/** Puts the parts of a client together. */
import { createAccess } from './access.ts'
import { createApi } from './call-api.ts'
import { createChannel } from './channel.ts'
import type { Client, ClientOptions } from './contract.ts'
import { ApiError } from './errors.ts'
import { createFetch } from './fetch.ts'
import { parseRecord } from './record.ts'
import { createRecovery } from './recover.ts'
import { createSessions } from './refresh.ts'
import { retry } from './retry.ts'
import { createSend } from './send.ts'
import { createSessionStore } from './session-store.ts'
import { resultOf, type SignInAnswer, type Tokens } from './sign-in-result.ts'
import { createState } from './state.ts'
import { cookieMarks } from './storage/cookie-marks.ts'
import { memoryStorage } from './storage/memory.ts'
import { watchPage } from './watch-page.ts'

type Answer = SignInAnswer | { status: 'accepted'; verification_id: string }

const attempts = 3

/** Makes a client, and sends nothing before it is used. Throws TypeError for invalid options. */
export function createClient(options: ClientOptions): Client {
  const { mode } = options
  if (mode !== 'bearer' && mode !== 'cookie') throw new TypeError('mode is bearer or cookie')
  if (mode === 'cookie' && options.storage)
    throw new TypeError('cookie mode takes no storage: the browser keeps the tokens')
  const baseUrl = new URL(options.baseUrl).href.replace(/\/$/, '')
  const fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init))
  // SecureStore takes only these characters.
  const key = `countersign.${baseUrl.replace(/[^A-Za-z0-9.-]+/g, '_')}`
  const deviceKey = `${key}.device`
  const storage = options.storage ?? (mode === 'cookie' ? cookieMarks() : memoryStorage())
  const { isShared } = storage

  const state = createState()
  const channel = createChannel(key, isShared)
  const recovery = createRecovery({
    ask: () => (state.now().status === 'unknown' ? ready() : send('GET', '/auth/session')),
    isWatched: state.isWatched,
  })
  function onReach(isReached: boolean): void {
    state.onReach(isReached)
    if (isReached) recovery.stop()
    else recovery.start()
  }
  const send = createSend({ baseUrl, mode, fetch, onReach })
  const store = createSessionStore({ key, mode, storage, channel, onHold: state.onHold })
  const sessions = createSessions({ mode, send, store, lockName: key, isShared })
  let loading: Promise<void> | undefined

  function ready(): Promise<void> {
    loading ??= sessions.load().then(state.onNoSession, (error) => {
      loading = undefined
      recovery.start()
      throw error
    })
    return loading
  }

  /** Another tab may have signed in or out. Before the first use of this client there is nothing to compare. */
  async function lookAgain(): Promise<void> {
    if (!loading) return
    await loading
    const { record } = await store.read()
    if (mode === 'cookie' && record?.sessionId !== store.held()?.record.sessionId) await sessions.load()
  }
  const lookAgainQuietly = () => void lookAgain().catch(() => {})

  channel.onMessage((text) => {
    if (!store.holdNewer(parseRecord(text))) lookAgainQuietly()
  })
  function onReturn(): void {
    recovery.hurry()
    lookAgainQuietly()
  }
  const stopWatching = watchPage({ onVisible: onReturn, onOnline: onReturn })
  const stopListening = storage.onForeignChange?.(lookAgainQuietly)

  const access = createAccess({ mode, store, sessions, ready })

  /** Sends a sign-in or a registration. Its answer may sign the user in. */
  function enter<T>(path: string, body: object, after: (answer: Answer) => T) {
    return sessions.alone(async () => {
      const answer = await retry({ attempts, afterNoAnswer: false }, () => send('POST', path, { body }))
      const found = answer as Answer
      if (found.status === 'signed_in') await keep(found)
      return after(found)
    })
  }

  async function keep(answer: Tokens): Promise<void> {
    await store.keep(answer)
    loading = Promise.resolve()
    if (answer.mode !== 'bearer' || answer.device_token === undefined) return
    // A device that cannot store it is only asked more often. That must not fail the sign-in.
    await storage.replace(deviceKey, await storage.read(deviceKey), answer.device_token).catch(() => {})
  }

  async function forget(sessionId?: string) {
    for (;;) {
      const stored = await store.peek()
      const held = store.held()?.record
      if (sessionId !== undefined && held?.sessionId !== sessionId) return undefined
      if (await store.forget(stored)) return (stored.record?.n ?? 0) < (held?.n ?? 0) ? held : stored.record
    }
  }

  async function signOut(): Promise<void> {
    const logout = (body: object) => retry({ attempts }, () => send('POST', '/auth/logout', { body }))
    if (mode === 'cookie') {
      return sessions.alone(async () => {
        await logout({})
        await forget()
      })
    }
    await ready().catch(() => {})
    const refreshToken = (await forget())?.refreshToken
    if (refreshToken === undefined) return
    await logout({ refresh_token: refreshToken }).catch((error) => {
      // The session has ended already.
      if (!(error instanceof ApiError && error.status === 401)) throw error
    })
  }

  const deviceToken = async () => (mode === 'bearer' ? storage.read(deviceKey).catch(() => null) : null)

  const api = createApi({
    send,
    access,
    alone: sessions.alone,
    keep,
    deviceToken,
    email: () => store.held()?.record.user?.email,
    setUser: (user) => store.setUser(user),
    end: async (sessionId) => void (await forget(sessionId)),
  })

  async function session() {
    await ready()
    const now = state.now()
    return now.status === 'signed_in' ? now : null
  }

  return {
    register: (account) =>
      enter('/auth/register', account, (answer) =>
        answer.status === 'accepted'
          ? { status: 'accepted', verificationId: answer.verification_id }
          : resultOf(answer),
      ),
    async signIn(credentials) {
      const device = await deviceToken()
      const body = { ...credentials, ...(device !== null && { device_token: device }) }
      return enter('/auth/login', body, (answer) => resultOf(answer as SignInAnswer))
    },
    signOut,
    session,
    async user() {
      if ((await access.current()) === null) return null
      try {
        return await api.getMe()
      } catch (error) {
        // If the token was revoked, a refresh is under way that says whether the session has ended.
        if (error instanceof ApiError && error.status === 401) await access.current()
        if (store.held() === null) return null
        throw error
      }
    },
    fetch: createFetch({
      mode,
      addresses: [baseUrl, ...(options.apiUrls ?? [])].map((url) => new URL(url)),
      access,
      fetch,
    }),
    async accessToken() {
      if (mode === 'cookie') throw new TypeError('In cookie mode no script can read the access token.')
      return (await access.current())?.record.accessToken ?? null
    },
    api,
    state: state.now,
    isOnline: state.isOnline,
    onChange: state.onChange,
    close() {
      recovery.stop()
      state.close()
      stopWatching()
      stopListening?.()
      channel.close()
    },
  }
}
