/** Checks the responses of a server before it is measured. */
import { readFile } from 'node:fs/promises'
import { post } from './post.ts'

const fail = (message: string): never => {
  throw new Error(`not measured, because it does not answer as it should: ${message}`)
}

/** The first line of credentials as a header. */
async function headerIn(file: string): Promise<[name: string, value: string]> {
  const [line = ''] = (await readFile(file, 'utf8')).split('\n', 1)
  const colon = line.indexOf(': ')
  return [line.slice(0, colon), line.slice(colon + 2)]
}

/** Changes the character in the middle, which makes another signature or id. */
const spoilt = (value: string) => {
  const at = value.lastIndexOf('.') > 20 ? value.lastIndexOf('.') + 5 : value.length - 20
  return `${value.slice(0, at)}${value[at] === 'A' ? 'B' : 'A'}${value.slice(at + 1)}`
}

/** A valid credential gets a response that names a user. With `guarded`, an invalid one and a missing one get 401. */
export async function checkWhoami(url: string, file: string, { guarded = true } = {}): Promise<void> {
  const [name, value] = await headerIn(file)
  const answer = await fetch(url, { headers: { [name]: value } })
  const body = (await answer.json()) as { sub?: unknown; amr?: unknown }
  if (answer.status !== 200 || typeof body.sub !== 'string' || !Array.isArray(body.amr)) {
    fail(`${url} answers a good credential with ${answer.status} ${JSON.stringify(body)}`)
  }
  if (!guarded) return
  // The header may hold several cookies. Each of them is changed.
  const bad = value.split('; ').map(spoilt).join('; ')
  const { status } = await fetch(url, { headers: { [name]: bad } })
  if (status !== 401) fail(`${url} answers a spoilt credential with ${status}`)
  const none = await fetch(url)
  if (none.status !== 401) fail(`${url} answers without a credential with ${none.status}`)
}

/** The first token is exchanged for another valid one, and an invalid one gets 401. */
export async function checkRefresh(url: string, token: string, { spoil = spoilt } = {}): Promise<void> {
  const present = async (refreshToken: string) => {
    const answer = await post(url, { refresh_token: refreshToken })
    return { status: answer.status, body: (await answer.json()) as { refresh_token?: string } }
  }
  const bad = await present(spoil(token))
  if (bad.status !== 401) fail(`${url} answers a spoilt token with ${bad.status}`)
  const first = await present(token)
  const second = await present(first.body.refresh_token ?? '')
  if (first.status !== 200 || second.status !== 200) fail(`${url} answers ${first.status}, then ${second.status}`)
  if (new Set([token, first.body.refresh_token, second.body.refresh_token]).size !== 3) fail(`${url} repeats a token`)
}
