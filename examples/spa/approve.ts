/** The page of the link in a mail that signs in. It says which device is waiting, and lets the user approve it. */
/// <reference lib="dom" />
import { client } from './auth.ts'
import { attempt, field, find, form, onSubmit, say, showField, showPart } from './view.ts'

export function createApproval({ token, showUser }: { token: string; showUser: () => void }): void {
  // Programs that check mail open links too. So the link shows what is waiting, and changes nothing.
  void attempt(async () => {
    const { device, ip, same_browser } = await client.api.inspectEmailSignIn({ token })
    find('waiting').textContent = same_browser ? 'This browser asked for it.' : `${device} at ${ip} asked for it.`
    showField(field('approve', 'number'), !same_browser)
    showPart('approve')
  })
  onSubmit('approve', async ({ number = '' }) => {
    await client.api.approveEmailSignIn({ token, ...(number && { number }) })
    showUser()
    say('The device that asked is logged in now.')
  })
  form('approve').querySelector('[type=button]')?.addEventListener('click', showUser)
}
