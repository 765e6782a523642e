/**
 * Links in mails that open the app. A link only opens a screen. The screen uses its token when the user presses a button, because
 * programs that scan mails open links too.
 */
import * as Linking from 'expo-linking'
import { client } from './session.ts'

export type MailLink = { screen: 'verify' | 'reset'; token: string }

/** What a link asks for, or null if it is none of ours. The token stands in the fragment, which no server sees. */
export function readLink(url: string): MailLink | null {
  const [, path = '', token = ''] = /^[a-z][\w+.-]*:\/\/([^#?]+)#token=([\w.-]+)$/i.exec(url) ?? []
  const screen = path.endsWith('/reset') ? 'reset' : path.endsWith('/verify') ? 'verify' : null
  return screen && token ? { screen, token } : null
}

/** Calls back with the link that started the app, and with each later one. Returns a function that ends this. */
export function onMailLink(open: (link: MailLink) => void): () => void {
  const take = (url: string | null) => {
    const link = url === null ? null : readLink(url)
    if (link) open(link)
  }
  void Linking.getInitialURL().then(take)
  const subscription = Linking.addEventListener('url', ({ url }: { url: string }) => take(url))
  return () => subscription.remove()
}

/** For the button of the screen `verify`. Rejects with ApiError `invalid_one_time_token` if the link is too old. */
export const verifyEmail = ({ token }: MailLink) => client.api.verifyEmail({ token })

/** For the button of the screen `reset`. The user then signs in with the new password. */
export const resetPassword = ({ token }: MailLink, password: string) => client.api.resetPassword({ token, password })
