import { COMMAND_KINDS, type CommandAction } from '../../../domain/devices/command.ts'
import { ANSWER_BYTES, LONGEST_REASON, malformedAnswer, type CommandFormat } from '../command-format.ts'

const RESULT = /^([^@|]+)@([^@|]+)\|([^|#]+)$/
const OUTCOME = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}) (done|refused)(?: (.+))?$/i

/** `<device>@<command>|id=…|until=…|<value>=…`, answered by `<device>@<command>|<id> done`, or `refused` and a reason. */
export const ultralightCommands: CommandFormat = {
  write({ id, device, expiresAt, action }) {
    const values = [['id', id], ['until', expiresAt], ...valuesOf(action)].map(([name, value]) => `${name}=${value}`)
    return [`${device}@${action.kind}`, ...values].join('|')
  },
  parseAnswer(device, payload) {
    const [, named, kind, result = ''] = RESULT.exec(textOf(payload)) ?? []
    if (named === undefined) throw malformedAnswer('it is not <device>@<command>|<result>')
    if (named !== device) throw malformedAnswer('it names another device')
    if (!COMMAND_KINDS.some((known) => known === kind)) throw malformedAnswer('it names no command')
    const [, id, status, reason = ''] = OUTCOME.exec(result) ?? []
    if (id === undefined)
      throw malformedAnswer('the result is not the id of a command and done, or refused and a reason')
    if (reason.length > LONGEST_REASON) throw malformedAnswer(`the reason has more than ${LONGEST_REASON} characters`)
    const commandId = id.toLowerCase()
    if (status === 'refused') return { commandId, answer: { status, reason } }
    if (status !== 'done' || reason !== '') throw malformedAnswer('done has no reason, and is in lower case')
    return { commandId, answer: { status } }
  },
}

/** Whether a message is the result of a command rather than measures. */
export function isResult(payload: Uint8Array): boolean {
  return /^[^|#]*@/.test(Buffer.from(payload.subarray(0, ANSWER_BYTES)).toString('latin1'))
}

function valuesOf(action: CommandAction): [string, string | number][] {
  switch (action.kind) {
    case 'set-point':
      return [['powerW', action.powerW]]
    case 'switch':
      return [['isOn', String(action.isOn)]]
    case 'charge-limit':
      return [
        ['mostChargeW', action.mostChargeW],
        ['mostDischargeW', action.mostDischargeW],
        ['leastStateOfCharge', action.leastStateOfCharge],
        ['mostStateOfCharge', action.mostStateOfCharge],
      ]
    case 'schedule':
      return [['steps', action.steps.map(({ from, powerW }) => `${from}:${powerW}`).join(',')]]
  }
}

function textOf(payload: Uint8Array): string {
  if (payload.length > ANSWER_BYTES) {
    throw malformedAnswer(`it has ${payload.length} bytes, and ${ANSWER_BYTES} are the most`)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(payload)
  } catch {
    throw malformedAnswer('it is not UTF-8')
  }
}
