/** The URL, or null if the text is none: `URL.parse`, which Node 20 lacks, and @countersign/verify runs there too. */
export const parseUrl = (text: string): URL | null => (URL.canParse(text) ? new URL(text) : null)
