import type { MqttClient } from 'mqtt'
import { commandDomain } from '../chain/device-commands.ts'
import type { Ledger } from '../chain/ledger.ts'
import type { SigningKey } from '../chain/signing-key.ts'
import type { CommandAnswer } from '../domain/devices/command.ts'
import type { DeviceProtocol } from '../domain/devices/device.ts'
import { DomainError } from '../domain/errors.ts'
import { insertCommandEvent, readLastCommandEvent } from '../store/command-events.ts'
import type { Store } from '../store/connect.ts'
import { listOpenCommands, readCommandForSending } from '../store/device-commands.ts'
import { readDeviceLimits } from '../store/device-limits.ts'
import { readDevice } from '../store/devices.ts'
import type { RefusedMessage } from '../store/refused-messages.ts'
import type { RunningAdapter } from './adapters/adapter.ts'
import { createCommandAnswers } from './adapters/command-answers.ts'
import { createCommandMailbox } from './adapters/command-mailbox.ts'
import { MESSAGE_PROTOCOLS, messageSenderOf } from './adapters/command-sending.ts'
import type { CommandCounter } from './adapters/http/command-routes.ts'
import { connectCommands } from './adapters/mqtt/command-connection.ts'
import { createCommandDesk, type CommandDesk } from './command-desk.ts'
import { createCommandRecorder } from './command-recorder.ts'
import type { Patiently } from './database-patience.ts'

export type RunningCommands = {
  /** For devices that fetch their commands. */
  readonly counter: Pick<CommandCounter, 'fetch' | 'receive'>
  /** See the desk's `wake`. */
  readonly wake: CommandDesk['wake']
  readonly stop: () => Promise<void>
}

type Options = {
  readonly broker: MqttClient
  readonly key: SigningKey
  readonly ledger: Ledger
  readonly store: Store
  readonly time: { readonly now: () => number }
  readonly patiently: Patiently
  readonly onRefused: (message: Omit<RefusedMessage, 'receivedAt'>) => void
  readonly onDefect: (error: unknown) => void
  /** Protocols that send commands beside those of messages. */
  readonly adapters: readonly Pick<RunningAdapter, 'protocol' | 'send'>[]
}

const LOOK_MS = 250
const ANSWER_MS = 10_000
/** So long a device that fetches waits for a command that is to be tried again. */
const FETCH_MS = 2_000

/** Sends commands to devices by every protocol. Resolves once their answers are heard. */
export async function startCommands(options: Options): Promise<RunningCommands> {
  const { broker, store, patiently, onRefused, onDefect } = options
  const mailbox = createCommandMailbox()
  let desk: CommandDesk | null = null
  const takeUnawaited = async (device: string, id: string, answer: CommandAnswer): Promise<void> => {
    try {
      await desk?.receive(device, id, answer)
    } catch (error) {
      if (!(error instanceof DomainError)) throw error
      const payload = Buffer.from(JSON.stringify({ id, ...answer }))
      onRefused({ topic: `command-answers ${device}`, code: error.code, reason: error.message, payload })
    }
  }
  const answers = createCommandAnswers((device, id, answer) => {
    takeUnawaited(device, id, answer).catch(onDefect)
  })
  const receive: CommandCounter['receive'] = (_topic, device, { commandId, answer }) =>
    answers.receive(device, commandId, answer)
  const connection = await connectCommands({ broker, receive, onRefused })

  const { publish } = connection
  const adapters = new Map<DeviceProtocol, Pick<RunningAdapter, 'send'>>(
    options.adapters.map((adapter) => [adapter.protocol, adapter]),
  )
  for (const protocol of MESSAGE_PROTOCOLS) {
    adapters.set(protocol, { send: messageSenderOf(protocol, { publish, answers, mailbox, answerMs: ANSWER_MS }) })
  }
  desk = createCommandDesk({
    now: options.time.now,
    nowMs: () => performance.now(),
    listOpen: (of) => patiently(() => listOpenCommands(store, of)),
    readCommand: (id) => patiently(() => readCommandForSending(store, id)),
    readDevice: (address) => patiently(() => readDevice(store, address)),
    readLimits: (device, memberId) => patiently(() => readDeviceLimits(store, device, memberId)),
    record: createCommandRecorder({
      domain: commandDomain(options.ledger),
      key: options.key,
      readLast: (device) => readLastCommandEvent(store, device),
      insert: (event) => insertCommandEvent(store, event),
      patiently,
    }),
    adapterOf: (protocol) => adapters.get(protocol) ?? null,
    onDefect,
  })
  const { look, wake, stop } = desk
  const stopLooking = repeatedly(look, onDefect)

  return {
    counter: { receive, fetch: (device) => mailbox.next(device, wake(device) ? FETCH_MS : 0) },
    wake,
    async stop() {
      stopLooking()
      answers.close()
      await stop()
      await connection.close()
    },
  }
}

/** Runs the work with a pause after each end; returns how to stop. */
function repeatedly(work: () => Promise<void>, onFailure: (error: unknown) => void): () => void {
  let timer: NodeJS.Timeout | undefined
  let isStopped = false
  const plan = (): void => {
    if (isStopped) return
    timer = setTimeout(() => void work().then(plan, onFailure), LOOK_MS)
  }
  plan()
  return () => {
    isStopped = true
    clearTimeout(timer)
  }
}
