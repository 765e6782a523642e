/** Adds an authenticator app, in a session or during a sign-in that needs one. Then the recovery codes are shown once. */
/// <reference lib="dom" />

import type { SignInResult } from '@countersign/client'
import { enrolPasskey } from '@countersign/client/passkeys'
import { client } from './auth.ts'
import { button, find, form, onSubmit, showPart } from './view.ts'

type Codes = readonly string[] | undefined
type Setup = {
  secret: string
  qr_svg: string
  confirm: (code: string) => Promise<Codes>
  passkey?: () => Promise<Codes>
}

let setup: Setup

const codesOf = (result: SignInResult) => (result.status === 'signed_in' ? result.recoveryCodes : undefined)

function ask(next: Setup): void {
  setup = next
  form('setup').reset()
  // Scripts in an SVG do not run where it is shown as an image.
  find('qr').setAttribute('src', `data:image/svg+xml,${encodeURIComponent(next.qr_svg)}`)
  find('key').textContent = next.secret
  button('setup', 'passkey').hidden = !next.passkey
  showPart('setup')
}

/** For a user who is signed in. */
export async function addApp(): Promise<void> {
  const { id, secret, qr_svg } = await client.api.beginTotp()
  ask({ secret, qr_svg, confirm: async (code) => (await client.api.confirmTotp({ id, code })).recovery_codes })
}

/** For a sign-in whose user must add a factor first. The last answer signs the user in. */
export async function enrol(attempt: string): Promise<void> {
  const { secret, qr_svg } = await client.api.enrolTotp({ attempt })
  ask({
    secret,
    qr_svg,
    confirm: async (code) => codesOf(await client.api.confirmEnrolledTotp({ attempt, code })),
    passkey: async () => codesOf(await enrolPasskey(client, { attempt })),
  })
}

export function createSetup({ showUser }: { showUser: () => void }): { showCodes: (codes: Codes) => void } {
  /** They come with the first factor of a user, and when the user asks for new ones. */
  function showCodes(codes: Codes): void {
    if (!codes) return showUser()
    find('code-list').textContent = codes.join('\n')
    showPart('codes')
  }

  onSubmit('setup', async ({ code = '' }, pressed) => {
    showCodes(await (pressed === 'passkey' ? setup.passkey?.() : setup.confirm(code)))
  })
  form('setup').querySelector('[type=button]')?.addEventListener('click', showUser)
  find('codes')
    .querySelector('button')
    ?.addEventListener('click', () => {
      find('code-list').textContent = ''
      showUser()
    })
  return { showCodes }
}
