import { randomUUID } from 'node:crypto'
import type { IClientPublishOptions, MqttClient } from 'mqtt'
import { takeMeasures, type MeasuresTaker } from '../measures-taking.ts'
import { takeReadings, type ReadingTaker } from '../reading-taking.ts'
import { formatReceipt, type Receipt } from '../receipt.ts'
import { deliversShared, sharedTopicOf, subscribe } from './shared-subscription.ts'
import { deviceTopicOf, DIVIDED_TOPICS, receiptsTopicOf, UNDIVIDED_TOPICS } from './topics.ts'

const PROBE_MS = 3_000
/** What a broker keeps of a receipt for a meter that is away ends, by MQTT 5, when the meter has long sent again. */
const RECEIPT: IClientPublishOptions = { qos: 1, properties: { messageExpiryInterval: 3_600 } }

export type MeterConnectionOptions = ReadingTaker & {
  readonly broker: MqttClient
  /** Takes what devices measure; null where only a share is taken of the readings that gateways divide, if the broker does. */
  readonly measures: MeasuresTaker | null
  /**
   * The name under which gateways share what comes in. Nobody else may know it: who subscribes under it is given a part of
   * the readings, and no broker has to ask who that is before it shares.
   */
  readonly group: string
  /** Told how it was subscribed to what gateways divide. */
  readonly onSubscribed: (how: 'shared' | 'plain' | 'not') => void
  /** Called when the broker's connection is there, from the first subscription on; and when it is gone. */
  readonly onRegained: () => Promise<void>
  readonly onLost: () => void
  /** Receives what is no refusal. */
  readonly onDefect: (error: unknown) => void
}

/** Takes what comes from the broker and answers each reading with a receipt. Resolves, when subscribed, to how to stop. */
export async function connectMeters(options: MeterConnectionOptions): Promise<() => Promise<void>> {
  const { broker, group } = options

  const take = async (topic: string, payload: Buffer): Promise<readonly (Receipt | null)[]> => {
    const { address, readings, measures, attribute } = deviceTopicOf(topic)!
    if (options.measures !== null && measures !== null && (readings === null || measures.isOfMeasures(payload))) {
      const whole = attribute === undefined ? payload : measures.withName(attribute, payload)
      return [await takeMeasures(options.measures, { topic, address, payload: whole, format: measures })]
    }
    return readings === null ? [] : takeReadings(options, { topic, address, payload, format: readings })
  }

  const receive = async (topic: string, payload: Buffer): Promise<void> => {
    const address = deviceTopicOf(topic)?.address
    if (address === undefined) return
    const receipts = await take(topic, payload)
    for (const receipt of receipts) {
      if (address === null || receipt === null) continue
      if (receipt.outcome.status === 'refused' && !options.mayAnswer(address)) continue
      broker.publish(receiptsTopicOf(address), formatReceipt(receipt), RECEIPT)
    }
  }

  const onMessage = (topic: string, payload: Buffer): void => {
    receive(topic, payload).catch(options.onDefect)
  }
  broker.on('message', onMessage)
  broker.on('close', options.onLost)
  const isShared = await deliversShared(broker, { group, probe: randomUUID(), patienceMs: PROBE_MS })
  const topics = topicsOf(options, isShared)
  if (topics.length > 0) await subscribe(broker, topics)
  options.onSubscribed(isShared ? 'shared' : options.measures === null ? 'not' : 'plain')
  // The client subscribes again by itself whenever it connects.
  const onConnect = (): void => void options.onRegained().catch(options.onDefect)
  broker.on('connect', onConnect)
  if (broker.connected) await options.onRegained()

  return async () => {
    broker.off('connect', onConnect)
    broker.off('close', options.onLost)
    if (broker.connected && topics.length > 0) await broker.unsubscribeAsync([...topics])
    broker.off('message', onMessage)
  }
}

function topicsOf(
  { group, measures }: Pick<MeterConnectionOptions, 'group' | 'measures'>,
  isShared: boolean,
): readonly string[] {
  const divided = isShared ? DIVIDED_TOPICS.map((topic) => sharedTopicOf(group, topic)) : DIVIDED_TOPICS
  if (measures !== null) return [...divided, ...UNDIVIDED_TOPICS]
  return isShared ? divided : []
}
