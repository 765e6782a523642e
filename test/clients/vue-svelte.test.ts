/** The small examples for Vue and Svelte: built by Vite, beside a real server, in Chromium. `npm run test:client` has built the client. */
import t from 'tap'
import { skip } from '../browser/authority.ts'
import { openBrowser } from '../browser/chromium.ts'
import { startSites } from '../browser/sites.ts'
import { asksIn, enter, greets, openApp } from '../browser/users.ts'
import { register } from '../setup/client.ts'
import { installExample } from './example.ts'
import { build } from './react/build.ts'
import { serveBuild } from './react/serve-build.ts'

t.setTimeout(180_000)

for (const name of ['vue', 'svelte']) {
  await t.test(`examples/${name}`, { skip }, async (t) => {
    const example = await installExample(name, ['client'])
    const built = async (api: string) => (await build(t, example, api)).folder
    const sites = await startSites(t, { app: (api) => serveBuild(api, built(api)) })
    const { context, record } = await openBrowser(t, sites)
    const app = sites.origin('app.example.test')
    const { user } = await register(sites.node.baseUrl)
    const email = user.email ?? ''
    const [page, other] = [await openApp(context, app), await openApp(context, app)]
    await enter(page, 'Log in', email, 'not the password')
    await page.getByRole('alert').getByText('wrong').waitFor()
    await enter(page, 'Log in', email)
    await greets(page, email)
    await greets(other, email)
    await page.reload()
    await greets(page, email)
    await other.getByRole('button', { name: 'Log out' }).click()
    await asksIn(page)
    await asksIn(other)
    const unexpected = record.errors.filter((error) => !/status of 401/.test(error))
    t.same(unexpected, [])
  })
}
