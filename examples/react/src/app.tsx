import { SignedIn, SignedOut, useSession } from '@countersign/client/react'
import { useState } from 'react'
import { Account } from './account.tsx'
import { RecoveryCodes } from './add-app.tsx'
import { type Asked, link } from './auth.ts'
import { Entry } from './entry.tsx'
import { MailForm } from './mail-form.tsx'

export function App() {
  const { isOnline } = useSession()
  const [asked, setAsked] = useState(link)
  const [notice, setNotice] = useState('')
  const [codes, setCodes] = useState<readonly string[]>()

  function ask(next: Asked | null, text = '') {
    setAsked(next)
    setNotice(text)
  }

  return (
    <main>
      <h1>Countersign with React</h1>
      {codes && <RecoveryCodes codes={codes} onDone={() => setCodes(undefined)} />}
      {asked ? (
        <MailForm asked={asked} onDone={(text) => ask(null, text)} />
      ) : (
        <>
          <SignedIn>
            <Account ask={ask} say={setNotice} showCodes={setCodes} />
          </SignedIn>
          <SignedOut>
            <Entry ask={ask} showCodes={setCodes} />
          </SignedOut>
        </>
      )}
      {!isOnline && <p role="status">The server cannot be reached. You stay logged in.</p>}
      {notice && <p role="status">{notice}</p>}
    </main>
  )
}
