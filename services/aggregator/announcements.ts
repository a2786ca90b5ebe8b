import type { MqttClient } from 'mqtt'
import type { DeliveryPeriod } from '../domain/units.ts'

/** What the aggregator has done, retained, so that whoever moves the ledger's clock in steps can wait for it. */
export type Announcements = {
  /** All offers for the request that it is going to make are sealed, were it none. */
  readonly sealed: (requestId: number, deliveryPeriod: DeliveryPeriod) => void
  /** All of them are opened that are going to be. */
  readonly opened: (requestId: number, deliveryPeriod: DeliveryPeriod) => void
  /** Whatever devices were to be told for periods up to this one is answered, or given up. */
  readonly dispatched: (orderIds: readonly number[], deliveryPeriod: DeliveryPeriod) => void
  /** The day is nominated for all portfolios for which it is going to be. */
  readonly nominated: (day: number) => void
}

export const SEALED_TOPIC = 'commonwatt/v1/aggregator/sealed'
export const OPENED_TOPIC = 'commonwatt/v1/aggregator/opened'
export const DISPATCHED_TOPIC = 'commonwatt/v1/aggregator/dispatched'
export const NOMINATED_TOPIC = 'commonwatt/v1/aggregator/nominated'

/** What was said last is not said again. */
export function announceOver(broker: Pick<MqttClient, 'publish'>): Announcements {
  const last = new Map<string, string>()
  const say = (topic: string, message: object) => {
    const text = JSON.stringify(message)
    if (last.get(topic) === text) return
    last.set(topic, text)
    broker.publish(topic, text, { qos: 1, retain: true })
  }
  return {
    sealed: (requestId, deliveryPeriod) => say(SEALED_TOPIC, { requestId, deliveryPeriod }),
    opened: (requestId, deliveryPeriod) => say(OPENED_TOPIC, { requestId, deliveryPeriod }),
    dispatched: (orderIds, deliveryPeriod) => say(DISPATCHED_TOPIC, { deliveryPeriod, orderIds }),
    nominated: (day) => say(NOMINATED_TOPIC, { day }),
  }
}
