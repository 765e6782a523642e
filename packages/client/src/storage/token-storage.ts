/** Where a client keeps the tokens of bearer mode. */

/**
 * A place for texts by name. Two tabs or two processes may share it, so a change is a comparison and a write in one step: an answer
 * that comes late never replaces a newer token.
 */
export type TokenStorage = {
  /** Whether other tabs or processes see the same texts. */
  readonly isShared: boolean
  /** The text, or null. */
  read(key: string): Promise<string | null>
  /**
   * Writes `next`, or removes the text if `next` is null. Does so only if the present text is `expected`, and returns whether it
   * was. Resolves when the text is as safe as this storage can make it.
   */
  replace(key: string, expected: string | null, next: string | null): Promise<boolean>
  /** Calls the listener when another tab may have changed a text. Returns a function that removes it. */
  onForeignChange?(listener: () => void): () => void
}
