import type { MqttClient } from 'mqtt'
import type { DeliveryPeriod, TradingDay } from '../domain/units.ts'

/** What the DSO has done, retained, so that whoever moves the ledger's clock in steps can wait for it. */
export type Announcements = {
  /** That it looked at the loading in a period, and which requests wait for offers or orders since. */
  readonly checked: (look: {
    readonly deliveryPeriod: DeliveryPeriod
    /** The last day that is forecast; null for none. */
    readonly day: TradingDay | null
    readonly requests: readonly number[]
  }) => void
  /** That all is ordered that is going to be for a request. */
  readonly ordered: (requestId: number) => void
}

export const CHECKED_TOPIC = 'commonwatt/v1/grid-operator/checked'
export const ORDERED_TOPIC = 'commonwatt/v1/grid-operator/ordered'

export function announceOver(broker: Pick<MqttClient, 'publish'>): Announcements {
  const say = (topic: string, message: object) =>
    void broker.publish(topic, JSON.stringify(message), { qos: 1, retain: true })
  return {
    checked: (look) => say(CHECKED_TOPIC, look),
    ordered: (requestId) => say(ORDERED_TOPIC, { requestId }),
  }
}
