/** What is shown of the page, and the messages below it. */
/// <reference lib="dom" />
export const find = (id: string) => document.getElementById(id) as HTMLElement
export const form = (id: string) => find(id) as HTMLFormElement

/** Shows one of the three parts of the page. */
export function showPart(part: 'entry' | 'mail' | 'account'): void {
  for (const id of ['entry', 'mail', 'account']) find(id).hidden = id !== part
}

export function say(notice: string): void {
  find('notice').textContent = notice
  find('error').textContent = ''
}

/** Runs an action of the user, and shows its error. */
export async function attempt(work: () => Promise<void>): Promise<void> {
  say('')
  try {
    await work()
  } catch (error) {
    find('error').textContent = messageOf(error)
  }
}

/** Runs an action with the fields of a form when the user sends it. */
export function onSubmit(id: string, work: (fields: Record<string, string>, button: string) => Promise<void>): void {
  form(id).addEventListener('submit', (event) => {
    event.preventDefault()
    const fields = Object.fromEntries(new FormData(form(id))) as Record<string, string>
    void attempt(() => work(fields, event.submitter?.getAttribute('name') ?? ''))
  })
}

/** The server's sentences may be shown to users. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'NetworkError') {
    // The browser is offline, or CORS refused the request. A script cannot tell which.
    return `${error.message} Is it running, and is ${location.origin} among its SPA_ORIGINS?`
  }
  const { errors = [] } = error as { errors?: readonly { message: string }[] }
  return [error.message, ...errors.map(({ message }) => message)].join(' ')
}
