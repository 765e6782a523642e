/**
 * The files by which phones learn that a link of this server may open an app: for iOS (Apple, "Supporting associated domains") and for
 * Android (Google, "Digital Asset Links"). They also let an app use the passwords and passkeys that the user has saved for this server.
 */
import { pages } from './link-pages.ts'
import { signInPath } from './sign-in-page.ts'

/** An Android app, with the SHA-256 fingerprints of the certificates that it may be signed with. */
export type AndroidApp = { readonly packageName: string; readonly fingerprints: readonly string[] }

/**
 * For `/.well-known/apple-app-site-association`. The apps may open the links that mails contain, and no other page. The paths begin at the
 * host, so they have the path of PUBLIC_URL.
 */
export const appleAssociation = (appIds: readonly string[], publicPath: string) => ({
  applinks: {
    details: [
      { appIDs: appIds, components: [...Object.keys(pages), signInPath].map((path) => ({ '/': publicPath + path })) },
    ],
  },
  webcredentials: { apps: appIds },
})

/** For `/.well-known/assetlinks.json`. The app itself names the paths that it opens. */
export const androidAssetLinks = (apps: readonly AndroidApp[]) =>
  apps.map(({ packageName, fingerprints }) => ({
    relation: ['delegate_permission/common.handle_all_urls', 'delegate_permission/common.get_login_creds'],
    target: { namespace: 'android_app', package_name: packageName, sha256_cert_fingerprints: fingerprints },
  }))
