import type { DeviceProtocol, KnownDevice } from '../../domain/devices/device.ts'
import type { Command, CommandAnswer } from '../../domain/devices/command.ts'
import type { CommandAnswers } from './command-answers.ts'
import type { CommandFormat } from './command-format.ts'
import type { CommandMailbox } from './command-mailbox.ts'
import { namedCommands, plainCommands } from './json/command-message.ts'
import { commandTopicsOf } from './mqtt/command-topics.ts'
import { ultralightCommands } from './ultralight/command-text.ts'

/** The protocols that go over the broker, or over HTTP to a device that asks. */
export const MESSAGE_PROTOCOLS = ['mqtt', 'json', 'ultralight'] as const satisfies DeviceProtocol[]
export type MessageProtocol = (typeof MESSAGE_PROTOCOLS)[number]

const FORMATS: Readonly<Record<MessageProtocol, CommandFormat>> = {
  mqtt: plainCommands,
  json: namedCommands,
  ultralight: ultralightCommands,
}

/**
 * Sends by a protocol of messages: published, and for IoT agents' devices ready to be fetched over HTTP too, as long as the
 * answer is waited for. Resolves to null where none came.
 */
export function messageSenderOf(
  protocol: MessageProtocol,
  {
    publish,
    answers,
    mailbox,
    answerMs,
  }: {
    readonly publish: (topics: readonly string[], text: string) => void
    readonly answers: Pick<CommandAnswers, 'wait'>
    readonly mailbox: CommandMailbox
    /** So long an answer is waited for. */
    readonly answerMs: number
  },
): (device: KnownDevice, command: Command) => Promise<CommandAnswer | null> {
  return async ({ address }, command) => {
    const text = FORMATS[protocol].write(command)
    const answer = answers.wait(address, command.id, answerMs)
    publish(commandTopicsOf(protocol, address), text)
    if (protocol !== 'mqtt') mailbox.put(address, text)
    return answer.finally(() => mailbox.remove(address))
  }
}
