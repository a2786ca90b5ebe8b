import { randomBytes } from 'node:crypto'
import { presenceTopicOf } from '../runtime/presence.ts'
import { connectAs, createReport, type ServiceContext } from '../runtime/service.ts'
import { findLastReadingBatch } from '../store/readings.ts'
import { takeByMqtt } from './mqtt-readings.ts'
import { HEALTH_MS, METER_REFRESH_MS, openReadingSide, STOP_PATIENCE_MS } from './reading-side.ts'
import { repeat } from './repeating.ts'
import { startTaker } from './taker.ts'

/** So long a receipt may say that a reading was in time which came just after its period was decided. */
const DECIDED_MS = 500

/** Takes a share of the readings that gateways divide, while another one leads; resolves to how to stop. */
export async function startShare({
  configuration,
  log,
}: Pick<ServiceContext, 'configuration' | 'log'>): Promise<() => Promise<void>> {
  const name = `gateway-${randomBytes(4).toString('hex')}`
  // Under a topic of its own, of which nothing stays when it is gone.
  const topic = `${presenceTopicOf('gateway')}/${name}`
  const broker = await connectAs({ name, topic, whenGone: '' }, { configuration, log })
  const { tell } = createReport(broker, topic)

  const decided = new Map<number, number>()
  const side = await openReadingSide(
    { configuration, log, report: tell },
    { isClosed: (area, period) => period <= (decided.get(area) ?? -1), onWritten: () => undefined },
  )
  const { areas, health, onDefect, patiently, store } = side
  const readDecided = async (): Promise<void> => {
    for (const area of areas) decided.set(area, (await patiently(() => findLastReadingBatch(store, area))) ?? -1)
  }
  await readDecided()
  const { taker, stop: stopTaker } = startTaker(log, side)
  const disconnect = await takeByMqtt({ broker, log }, side, { taker, measures: null })
  const stops = [
    repeat(METER_REFRESH_MS, side.refresh, onDefect),
    repeat(HEALTH_MS, health.flush, onDefect),
    repeat(DECIDED_MS, readDecided, onDefect),
  ]
  tell('up')
  log.info({ name }, 'taking a share of the readings, while another gateway leads')

  return async () => {
    for (const stop of stops) stop()
    const patience = new Promise((resolve) => setTimeout(resolve, STOP_PATIENCE_MS).unref())
    await Promise.race([disconnect().then(side.flush).then(stopTaker), patience])
    side.abandon()
    if (broker.connected) await broker.publishAsync(topic, '', { qos: 1, retain: true })
    await broker.endAsync(!broker.connected)
    await side.close()
  }
}
