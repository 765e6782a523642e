import { type FormEvent, useState } from 'react'

export type Fields = Record<string, string>

/** Runs an action of the user. `error` is the server's sentence about the last one, which may be shown. */
export function useAction(work: (fields: Fields, button: string) => Promise<unknown>) {
  const [error, setError] = useState('')
  const run = async (fields: Fields = {}, button = '') => {
    setError('')
    await work(fields, button).catch((thrown: Error) => setError(thrown.message))
  }
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const { submitter } = event.nativeEvent as SubmitEvent
    const fields = Object.fromEntries(new FormData(event.currentTarget)) as Fields
    void run(fields, submitter?.getAttribute('name') ?? '')
  }
  return { error, run, onSubmit }
}
