import type { MqttClient } from 'mqtt'
import { speaksMqtt5 } from '../runtime/broker-connection.ts'
import type { Log } from '../runtime/log.ts'
import type { MeasuresTaker } from './adapters/measures-taking.ts'
import { connectMeters } from './adapters/mqtt/meter-connection.ts'
import { writeTogether } from './adapters/mqtt/write-together.ts'
import type { ReadingTaker } from './adapters/reading-taking.ts'
import type { ReadingSide } from './reading-side.ts'

/** Takes what the broker brings: all that devices send by it, or without `measures` a share in the readings that gateways divide. */
export async function takeByMqtt(
  { broker, log }: { readonly broker: MqttClient; readonly log: Log },
  side: Pick<ReadingSide, 'group' | 'hearing' | 'onDefect' | 'setDivided'>,
  { taker, measures }: { readonly taker: ReadingTaker; readonly measures: MeasuresTaker | null },
): Promise<() => Promise<void>> {
  const { group, hearing, onDefect } = side
  writeTogether(broker)
  return connectMeters({
    ...taker,
    measures,
    broker,
    group,
    onSubscribed: (how) => {
      side.setDivided(how === 'shared')
      log.info({ how, mqtt: speaksMqtt5(broker) ? '5' : '3.1.1' }, 'subscribed to readings')
    },
    onRegained: () => hearing.regained('broker'),
    onLost: () => hearing.lost('broker'),
    onDefect,
  })
}
