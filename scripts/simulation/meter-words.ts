import type { MeterReading } from '../../services/chain/readings.ts'
import { SERVICE_GROUP } from '../../services/gateway/adapters/service-group.ts'

/** How meters that sign write their readings, and where they publish them. */
export type MeterWords = {
  readonly topicOf: (address: string) => string
  readonly write: (reading: MeterReading, signature: string) => string
}

export const jsonWords: MeterWords = {
  topicOf: (address) => `commonwatt/v1/meters/${address}/readings`,
  write: ({ deliveryPeriod, sequence, importRegister, exportRegister }, signature) =>
    JSON.stringify({
      deliveryPeriod,
      sequence,
      importRegisterWh: String(importRegister),
      exportRegisterWh: String(exportRegister),
      signature,
    }),
}

export const ultralightWords: MeterWords = {
  topicOf: (address) => `ul/${SERVICE_GROUP}/${address}/attrs`,
  write: ({ deliveryPeriod, sequence, importRegister, exportRegister }, signature) =>
    `p|${deliveryPeriod}|n|${sequence}|i|${importRegister}|e|${exportRegister}|s|${signature}`,
}
