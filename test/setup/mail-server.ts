/** An SMTP server that accepts mails, refuses them or stalls, as a test says. */
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { callbackify } from 'node:util'
import { SMTPServer } from 'smtp-server'
import type { Test } from 'tap'
import { freePort } from './free-port.ts'

export type ReceivedMail = { readonly to: string; readonly raw: string; readonly messageId: string }

type Behaviour = {
  /** Throws the error that the server sends in reply to RCPT TO. */
  onRecipient?: (address: string) => void | Promise<void>
  /** Runs when the mail has arrived, before the server confirms it. */
  onMail?: (mail: ReceivedMail) => void | Promise<void>
}

/** A reply with this code. Like those of real servers, it repeats the address. */
export const refusal = (responseCode: number, words: string) => Object.assign(new Error(words), { responseCode })

/** Adapts an async function to the callbacks of the server. */
const answer = (work: () => Promise<void>, done: (error?: Error | null) => void) => callbackify(work)(done)

/** Listens until the test ends or until it is stopped. `start` then uses the same port again. */
export async function startMailServer(t: Pick<Test, 'teardown'>, behaviour: Behaviour = {}) {
  const received: ReceivedMail[] = []
  let server: SMTPServer | undefined
  // It stays free while the server is stopped.
  const port = await freePort()

  async function start(): Promise<void> {
    server = new SMTPServer({
      authOptional: true,
      closeTimeout: 100,
      disabledCommands: ['STARTTLS'],
      onRcptTo: ({ address }, _session, done) => {
        answer(async () => behaviour.onRecipient?.(address), done)
      },
      onData: (stream, { envelope }, done) => {
        const take = async () => {
          const raw = await text(stream)
          const messageId = /^Message-ID: <(.+)>/im.exec(raw)?.[1] ?? ''
          const mail = { to: envelope.rcptTo[0]?.address ?? '', raw, messageId }
          await behaviour.onMail?.(mail)
          received.push(mail)
        }
        answer(take, done)
      },
    })
    server.on('error', () => {})
    server.listen(port, '127.0.0.1')
    await once(server.server, 'listening')
  }

  async function stop(): Promise<void> {
    const stopping = server
    server = undefined
    if (!stopping) return
    for (const connection of stopping.connections) connection.close()
    await new Promise<void>((resolve) => stopping.close(() => resolve()))
  }

  await start()
  t.teardown(stop)
  return { url: `smtp://127.0.0.1:${port}`, received, start, stop, behaviour }
}

/** The token of the link in a mail. Quoted-printable may break its lines and encode equal signs (RFC 2045 §6.7). */
export function tokenIn(raw: string): string {
  const unfolded = raw.replaceAll(/=\r?\n/g, '').replaceAll('=3D', '=')
  const [, token] = /#token=([A-Za-z0-9_-]{43})/.exec(unfolded) ?? []
  if (token === undefined) throw new Error(`no link in ${raw}`)
  return token
}

/** Waits until the condition holds. */
export async function until(holds: () => boolean | Promise<boolean>, withinMs = 60_000): Promise<void> {
  const end = performance.now() + withinMs
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`not so within ${withinMs} ms: ${String(holds)}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
