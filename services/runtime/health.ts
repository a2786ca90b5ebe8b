import type { Log } from './log.ts'
import type { ServiceContext } from './service.ts'

/** Collects what keeps parts of the service from working, each under a name, into the one state that others see. */
export type Health = {
  trouble(part: string, message: string): void
  recovered(part: string): void
}

export function createHealth(report: ServiceContext['report'], log: Log): Health {
  const troubles = new Map<string, string>()
  const publish = () => {
    if (troubles.size === 0) report('up')
    else report('degraded', [...troubles].map(([part, message]) => `${part}: ${message}`).join('; '))
  }
  return {
    trouble(part, message) {
      if (troubles.get(part) === message) return
      troubles.set(part, message)
      log.error(`${part}: ${message}`)
      publish()
    },
    recovered(part) {
      if (!troubles.delete(part)) return
      log.info(`${part}: well again`)
      publish()
    },
  }
}
