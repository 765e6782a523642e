/** What every measured server does beside serving: says where it listens, writes credentials when asked, ends with the bench. */
import { writeFile } from 'node:fs/promises'

type Asked = { readonly credentials: number; readonly file: string }

type Given = {
  /** Starts to listen and answers with the address. */
  readonly listen: () => Promise<string>
  /** Lines for the load generator, each another client's: a header, or a refresh token. */
  readonly credentials?: (count: number) => Promise<readonly string[]>
}

/** For the process of a server that the bench has started. */
export async function serve({ listen, credentials = async () => [] }: Given): Promise<void> {
  const tell = (message: object) => void process.send?.(message)
  // In order, so that a profile is written.
  for (const end of ['disconnect', 'SIGTERM']) process.once(end, () => process.exit())
  process.on('message', ({ credentials: count, file }: Asked) => {
    credentials(count)
      .then((lines) => writeFile(file, `${lines.join('\n')}\n`))
      .then(() => tell({ written: file }))
      .catch((error: Error) => tell({ failed: error.stack }))
  })
  tell({ url: await listen() })
}
