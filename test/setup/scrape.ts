/** Reads METRICS_PORT of a server. Returns a function from the name of a metric, with its labels, to its value. */
export async function scrape(port: number): Promise<(name: string) => number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  const values = new Map(
    text.split('\n').flatMap((line) => {
      const at = line.lastIndexOf(' ')
      return line.startsWith('#') || at < 0 ? [] : [[line.slice(0, at), Number(line.slice(at + 1))] as const]
    }),
  )
  return (name) => values.get(name) ?? Number.NaN
}
