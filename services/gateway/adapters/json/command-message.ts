import { z } from 'zod'
import { COMMAND_KINDS, type CommandKind } from '../../../domain/devices/command.ts'
import {
  ANSWER_BYTES,
  LONGEST_REASON,
  malformedAnswer,
  type AnsweredCommand,
  type CommandFormat,
} from '../command-format.ts'
import { parseJsonMessage } from './json-message.ts'

const id = z.uuid({ error: 'is no UUID' }).toLowerCase()
const answer = z.discriminatedUnion('status', [
  z.strictObject({ id, status: z.literal('done') }),
  z.strictObject({ id, status: z.literal('refused'), reason: z.string().max(LONGEST_REASON) }),
])
const answersByKind = z.strictObject(
  Object.fromEntries(COMMAND_KINDS.map((kind) => [kind, answer.optional()])) as Record<
    CommandKind,
    z.ZodOptional<typeof answer>
  >,
)

/** `{"id", "expiresAt", "action"}`, answered by `{"id", "status", "reason"}`. */
export const plainCommands: CommandFormat = {
  write: ({ id: of, expiresAt, action }) => JSON.stringify({ id: of, expiresAt, action }),
  parseAnswer: (_device, payload) =>
    answeredOf(parseJsonMessage(payload, { schema: answer, mostBytes: ANSWER_BYTES, malformed: malformedAnswer })),
}

/** As IoT agents have it: the command's name, and under it its values; answered under the same name. */
export const namedCommands: CommandFormat = {
  write: ({ id: of, expiresAt, action: { kind, ...values } }) =>
    JSON.stringify({ [kind]: { id: of, expiresAt, ...values } }),
  parseAnswer(_device, payload) {
    const format = { schema: answersByKind, mostBytes: ANSWER_BYTES, malformed: malformedAnswer }
    const answers = Object.values(parseJsonMessage(payload, format)).filter((it) => it !== undefined)
    const [only] = answers
    if (only === undefined || answers.length > 1) throw malformedAnswer('it answers not one command')
    return answeredOf(only)
  },
}

function answeredOf({ id: commandId, ...said }: z.infer<typeof answer>): AnsweredCommand {
  return { commandId, answer: said }
}
