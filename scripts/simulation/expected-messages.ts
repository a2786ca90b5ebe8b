import type { MqttClient } from 'mqtt'

/** What a home expects to take and to make in the periods from `firstPeriod`, in Wh; null where it does not know. */
export type Expected = {
  readonly memberId: number
  readonly firstPeriod: number
  readonly loadWh: readonly (number | null)[]
  readonly pvWh: readonly (number | null)[]
}

/** Publishes the homes' expectations, retained, so that an agent that starts later still gets them. */
export async function publishExpected(broker: MqttClient, expected: readonly Expected[]): Promise<void> {
  await Promise.all(
    expected.map(({ memberId, ...message }) =>
      broker.publishAsync(`commonwatt/v1/households/${memberId}/expected`, JSON.stringify(message), {
        qos: 1,
        retain: true,
      }),
    ),
  )
}
