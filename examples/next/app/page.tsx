import { redirect } from 'next/navigation'
import { countersignUrl, getSession } from '../auth'
import { SignOutButton } from './sign-out-button'
import { Unreachable } from './unreachable'

export default async function HomePage() {
  const session = await getSession()
  if (session === 'unknown') return <Unreachable />
  if (!session) redirect('/sign-in')
  return (
    <main>
      <h1>Welcome</h1>
      <p>You are signed in as {session.user?.email}.</p>
      <SignOutButton baseUrl={countersignUrl} />
    </main>
  )
}
