import type { TotpBegun } from '@countersign/client'
import { useEffect, useState } from 'react'
import { useAction } from './use-action.ts'

type Props = { begin: () => Promise<TotpBegun>; confirm: (app: TotpBegun, code: string) => Promise<unknown> }

/** Adds an authenticator app: shows its key once, and takes its first code. */
export function AddApp({ begin, confirm }: Props) {
  const [app, setApp] = useState<TotpBegun>()
  const start = useAction(async () => setApp(await begin()))
  const { error, onSubmit } = useAction(async ({ code = '' }) => app && confirm(app, code))
  // Each start makes another key, and the newest one counts.
  useEffect(() => void start.run(), [])

  return (
    <form id="setup" onSubmit={onSubmit}>
      <h2>Add an authenticator app</h2>
      {app && (
        <>
          {/* Scripts in an SVG do not run where it is shown as an image. */}
          <img src={`data:image/svg+xml,${encodeURIComponent(app.qr_svg)}`} alt="QR code" width={200} height={200} />
          <p>
            <code id="key">{app.secret}</code>
          </p>
        </>
      )}
      <label>
        Code <input name="code" inputMode="numeric" autoComplete="one-time-code" pattern="\d{6}" required />
      </label>
      <button>Confirm</button>
      <p role="alert">{start.error || error}</p>
    </form>
  )
}

/** They are shown this once. */
export function RecoveryCodes({ codes, onDone }: { codes: readonly string[]; onDone: () => void }) {
  return (
    <section id="codes">
      <h2>Your recovery codes</h2>
      <p>Each of them works once, in the place of a factor that you have lost. They are not shown again.</p>
      <pre>{codes.join('\n')}</pre>
      <button onClick={onDone}>I have kept them</button>
    </section>
  )
}
