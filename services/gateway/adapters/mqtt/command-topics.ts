import type { DeviceProtocol } from '../../../domain/devices/device.ts'
import type { CommandFormat } from '../command-format.ts'
import { namedCommands, plainCommands } from '../json/command-message.ts'
import { meterAddressOf } from '../meter-address.ts'
import { SERVICE_GROUP } from '../service-group.ts'
import { ultralightCommands } from '../ultralight/command-text.ts'

const ANSWERS = /^commonwatt\/v1\/meters\/([^/]*)\/command-answers$/
/** As IoT agents have it, with a slash before it or without. */
const RESULTS = new RegExp(`^/?(ul|json)/${SERVICE_GROUP}/([^/]*)/cmdexe$`)

/** Every device's answers; `+` is its address. */
export const COMMAND_ANSWERS_TOPICS = [
  'commonwatt/v1/meters/+/command-answers',
  ...['ul', 'json'].flatMap((name) => [`/${name}/${SERVICE_GROUP}/+/cmdexe`, `${name}/${SERVICE_GROUP}/+/cmdexe`]),
]

/** How answers come under the topic, and the address of the device, null where its level is none; null for other topics. */
export function commandAnswerTopicOf(
  topic: string,
): { readonly address: string | null; readonly format: CommandFormat } | null {
  const [, native] = ANSWERS.exec(topic) ?? []
  if (native !== undefined) return { address: meterAddressOf(native), format: plainCommands }
  const [, name, device] = RESULTS.exec(topic) ?? []
  if (name === undefined) return null
  return { address: meterAddressOf(device), format: name === 'ul' ? ultralightCommands : namedCommands }
}

/** Under which topics a device that speaks so hears its commands: it subscribes to one of them. */
export function commandTopicsOf(protocol: DeviceProtocol, device: string): readonly string[] {
  if (protocol === 'mqtt') return [`commonwatt/v1/meters/${device}/commands`]
  const topic = `${SERVICE_GROUP}/${device}/cmd`
  return [`/${topic}`, topic]
}
