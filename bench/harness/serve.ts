/** The protocol of every measured server: it reports its URL, writes credentials on request, and ends with the bench. */
import { writeFile } from 'node:fs/promises'

type Asked = { readonly credentials: number; readonly file: string }

type Given = {
  /** Starts the server and returns its URL. */
  readonly listen: () => Promise<string>
  /** Lines for the load generator, one for each client: a header or a refresh token. */
  readonly credentials?: (count: number) => Promise<readonly string[]>
}

/** Serves in a process that the bench has started. */
export async function serve({ listen, credentials = async () => [] }: Given): Promise<void> {
  const tell = (message: object) => void process.send?.(message)
  // A normal exit writes the profile.
  for (const end of ['disconnect', 'SIGTERM']) process.once(end, () => process.exit())
  process.on('message', ({ credentials: count, file }: Asked) => {
    credentials(count)
      .then((lines) => writeFile(file, `${lines.join('\n')}\n`))
      .then(() => tell({ written: file }))
      .catch((error: Error) => tell({ failed: error.stack }))
  })
  tell({ url: await listen() })
}
