import { openPasswords, passwordFileOf } from '../runtime/device-passwords.ts'
import type { ServiceContext } from '../runtime/service.ts'
import { listOpenReplays, writeReplayOutcome } from '../store/refusal-replays.ts'
import { startDeviceServer } from './adapters/http/device-server.ts'
import type { MeasuresTaker } from './adapters/measures-taking.ts'
import { measuresReplayersOf } from './adapters/measures-replay.ts'
import { startModbus } from './adapters/modbus/modbus-adapter.ts'
import { readingReplayersOf } from './adapters/reading-replay.ts'
import { startClaims } from './claims.ts'
import { startCommands } from './commands.ts'
import { openLwm2m } from './lwm2m.ts'
import { measuredReplayerOf } from './measured-replay.ts'
import { MEASURED_FORMAT } from './measured-text.ts'
import { startMeasurements } from './measurements.ts'
import { takeByMqtt } from './mqtt-readings.ts'
import type { ReadingSide } from './reading-side.ts'
import { createReplayDesk } from './refusal-replays.ts'
import { repeat } from './repeating.ts'
import { startTaker } from './taker.ts'

const REPLAY_MS = 500

/** Lets devices in by every protocol, and tells them what they are to do. Resolves, once all listen, to how to stop. */
export async function startDevices(context: ServiceContext, side: ReadingSide): Promise<() => Promise<void>> {
  const { broker, configuration, log } = context
  const { onDefect, patiently, store, time } = side
  const { taker, stop: stopTaker } = startTaker(log, side)
  const { onRefused } = taker
  const isStepped = configuration.speed === 'stepped'
  const { desk, stop: stopMeasurements } = await startMeasurements({ ...side, isStepped, onRefused })
  const measures: MeasuresTaker = { ...desk, onRefused }
  const adapters = [await startModbus(desk), await openLwm2m(context, desk)]
  const commands = await startCommands({ ...side, broker, onRefused, adapters })
  const server = await startDeviceServer({
    ...taker,
    measures,
    checkPassword: openPasswords(passwordFileOf(configuration.dataFolder)),
    commands: commands.counter,
    port: configuration.devicePort,
    onDefect,
  })
  log.info({ address: `http://127.0.0.1:${server.port}` }, 'listening to devices')
  const disconnect = await takeByMqtt(context, side, { taker, measures })
  const replays = createReplayDesk({
    replayers: new Map([
      ...readingReplayersOf(taker.receive),
      ...measuresReplayersOf({ ...measures, onRefused: () => undefined }),
      [MEASURED_FORMAT, measuredReplayerOf(desk)],
    ]),
    listOpen: (limit) => patiently(() => listOpenReplays(store, limit)),
    write: (id, outcome) => patiently(() => writeReplayOutcome(store, id, outcome)),
    now: time.now,
  })
  const stopReplaying = repeat(REPLAY_MS, replays.look, onDefect)
  const stopClaims = await startClaims(broker, side, onRefused)
  return async () => {
    stopReplaying()
    await stopClaims()
    await commands.stop()
    for (const adapter of adapters) await adapter.close()
    stopMeasurements()
    await server.close()
    await disconnect()
    await stopTaker()
  }
}
