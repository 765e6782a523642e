/** The reason why the server does not start, as a sentence for the operator. It is shown without a stack, and never holds a secret. */
export class StartError extends Error {
  override readonly name: string = 'StartError'
}
