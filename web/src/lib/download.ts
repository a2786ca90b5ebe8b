import { bodyOf } from './api-client.ts'
import { ApiError, UNREACHABLE } from './problem.ts'

const NAME = /filename="?([^";]{1,200})"?/

/** Has the browser keep what the api answers with, under the name that it gives. Throws the problem instead of keeping it. */
export async function downloadFrom(address: string): Promise<void> {
  const response = await fetch(address).catch(() => {
    throw new ApiError(UNREACHABLE)
  })
  if (!response.ok) return bodyOf(response)
  const name = NAME.exec(response.headers.get('content-disposition') ?? '')?.[1] ?? 'commonwatt'
  downloadBlob(name, await response.blob())
}

/** Has the browser keep a document as JSON. */
export function downloadJson(name: string, document: unknown): void {
  downloadBlob(name, new Blob([JSON.stringify(document, null, 2)], { type: 'application/json' }))
}

function downloadBlob(name: string, blob: Blob): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  // The browser reads it after this turn; what is never let go stays in memory as long as the page.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}
