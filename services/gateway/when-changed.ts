/** Reads again only where the fingerprint is another than before; resolves to the same value else. */
export function whenChanged<Value>(
  fingerprint: () => Promise<string>,
  read: () => Promise<Value>,
): () => Promise<Value> {
  let known: { readonly mark: string; readonly value: Value } | null = null
  return async () => {
    // Taken first: what changes while it is read is read the next time.
    const mark = await fingerprint()
    if (known?.mark !== mark) known = { mark, value: await read() }
    return known.value
  }
}
