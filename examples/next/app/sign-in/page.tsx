import { redirect } from 'next/navigation'
import { countersignUrl, getSession } from '../../auth'
import { Unreachable } from '../unreachable'
import { SignInForm } from './sign-in-form'

export default async function SignInPage() {
  const session = await getSession()
  if (session === 'unknown') return <Unreachable />
  if (session) redirect('/')
  return (
    <main>
      <h1>Sign in</h1>
      <SignInForm baseUrl={countersignUrl} />
    </main>
  )
}
