import type { ServiceContext } from '../runtime/service.ts'

/** Tells how a part of the gateway does: what troubles it, or null when that is over. */
export type ReportOn = (part: string) => (detail: string | null) => void

/** Reports the troubles of all parts together. */
export function createTroubles(report: ServiceContext['report']): ReportOn {
  const troubles = new Map<string, string>()
  return (part) => (detail) => {
    if (detail !== null) troubles.set(part, detail)
    // Who had no trouble says nothing of how the others are, nor that all has started.
    else if (!troubles.delete(part)) return
    const details = [...troubles].map(([name, trouble]) => `${name}: ${trouble}`).join('; ')
    if (details === '') report('up')
    else report('degraded', details)
  }
}
