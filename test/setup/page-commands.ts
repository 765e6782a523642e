/** The commands in the pages of the documentation, so that a test runs what a reader pastes. */

/** The text of a section, from its heading of this level to the next one. */
export const section = (page: string, title: string, level = '##'): string =>
  page.split(`\n${level} ${title}\n`)[1]?.split(`\n${level} `)[0] ?? ''

/** The blocks of shell commands in a text, also those in lists. */
export const commandsIn = (text: string): string[] =>
  [...text.matchAll(/^ *```sh\n([^]*?)^ *```/gm)].map(([, block = '']) => block)
