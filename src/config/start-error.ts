/** Why the server does not start, in words for whoever runs it: shown without a stack, and never with a secret. */
export class StartError extends Error {
  override readonly name: string = 'StartError'
}
