export type EventStreamReader = {
  /** Data of the next event of this type; others are left aside. */
  readonly next: (type: string) => Promise<string>
  readonly close: () => void
}

/** Reads server-sent events as a browser does. */
export async function openEventStream(
  address: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<EventStreamReader> {
  const abort = new AbortController()
  const response = await fetch(address, { headers, signal: abort.signal })
  if (!response.ok || response.body === null) throw new Error(`no stream: ${response.status}`)
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  return {
    async next(type) {
      for (;;) {
        const end = text.indexOf('\n\n')
        if (end < 0) {
          const { value, done } = await reader.read()
          if (done) throw new Error('the stream ended')
          text += value
          continue
        }
        const lines = text.slice(0, end).split('\n')
        text = text.slice(end + 2)
        if (lines.includes(`event: ${type}`)) return lines.find((line) => line.startsWith('data: '))?.slice(6) ?? ''
      }
    },
    close: () => abort.abort(),
  }
}
