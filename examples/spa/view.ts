/** What is shown of the page, and the messages below it. */
/// <reference lib="dom" />
export const find = (id: string) => document.getElementById(id) as HTMLElement
export const form = (id: string) => find(id) as HTMLFormElement

const parts = ['entry', 'proof', 'mail', 'approve', 'setup', 'codes', 'account'] as const

/** Shows one of the parts of the page. */
export function showPart(part: (typeof parts)[number]): void {
  for (const id of parts) find(id).hidden = id !== part
}

/** Whether a part is shown that the user has to finish, whatever happens to the session. */
export const isBusy = () => (['mail', 'approve', 'setup', 'codes'] as const).some((id) => !find(id).hidden)

/** Shows a field of a form, or hides it. A hidden field is not required. */
export function showField(input: HTMLInputElement, isWanted: boolean): void {
  if (input.parentElement) input.parentElement.hidden = !isWanted
  input.required = isWanted
}

export const field = (id: string, name: string) => form(id).elements.namedItem(name) as HTMLInputElement
export const button = (id: string, name: string) => form(id).elements.namedItem(name) as HTMLButtonElement

export function say(notice: string): void {
  find('notice').textContent = notice
  find('error').textContent = ''
}

type Work = () => Promise<void>
let askAgain: ((refused: Work) => Promise<void>) | undefined

/** Sets what happens when the server wants the user to sign in again before an action. */
export function onStepUp(ask: (refused: Work) => Promise<void>): void {
  askAgain = ask
}

/** Runs an action of the user, and shows its error. */
export async function attempt(work: Work): Promise<void> {
  say('')
  try {
    await work().catch((error) => {
      const isStepUp = ['reauthentication_required', 'second_factor_required'].includes(error.code)
      if (!isStepUp || !askAgain) throw error
      return askAgain(work)
    })
  } catch (error) {
    showError(error)
  }
}

export function showError(error: unknown): void {
  find('error').textContent = messageOf(error)
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
