import { Router, type Request, type RequestHandler, type Response } from 'express'
import { DomainError } from '../../../domain/errors.ts'
import type { RefusedMessage } from '../../../store/refused-messages.ts'
import { requireDevice, type CheckPassword } from './device-password.ts'
import { malformedAnswer, type AnsweredCommand, type CommandFormat } from '../command-format.ts'
import { namedCommands } from '../json/command-message.ts'
import { meterAddressOf } from '../meter-address.ts'
import { SERVICE_GROUP } from '../service-group.ts'
import { isResult, ultralightCommands } from '../ultralight/command-text.ts'

/** What devices that speak HTTP fetch their commands from, and bring answers to. */
export type CommandCounter = {
  /** The command that lies ready for the device; null where there is none. */
  readonly fetch: (device: string) => Promise<string | null>
  readonly receive: (topic: string, device: string, answered: AnsweredCommand, payload: Buffer) => void
  readonly onRefused: (message: Omit<RefusedMessage, 'receivedAt'>) => void
  readonly mayAnswer: (device: string) => boolean
  readonly checkPassword: CheckPassword
}

/**
 * Commands as IoT agents have them: fetched with `getCmd=1` at /iot/d and /iot/json, answered by POST to /iot/d and
 * /iot/json/commands. Everything else goes on to what comes after. `body` reads a request's body.
 */
export function commandRoutes(counter: CommandCounter, body: RequestHandler): Router {
  const router = Router()
  const fetchBy = (empty: string, type: string): RequestHandler => {
    return async (request, response, next) => {
      if (request.query.getCmd === undefined) return next()
      try {
        const device = deviceOf(request)
        if (request.query.getCmd !== '1' || request.query.d !== undefined) {
          throw malformedAnswer('commands are fetched with getCmd=1, and without measures')
        }
        await requireDevice(request, device, counter.checkPassword)
        answer(response, 200, type, (await counter.fetch(device)) ?? empty)
      } catch (error) {
        refuse(counter, request, response, error)
      }
    }
  }
  const take = async (request: Request, response: Response, format: CommandFormat): Promise<void> => {
    const payload = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
    try {
      const device = deviceOf(request)
      await requireDevice(request, device, counter.checkPassword)
      counter.receive(topicOf(request), device, format.parseAnswer(device, payload), payload)
      answer(response, 202, 'application/json', '{"status":"received"}')
    } catch (error) {
      refuse(counter, request, response, error)
    }
  }

  router.get('/iot/d', fetchBy('', 'text/plain'))
  router.get('/iot/json', fetchBy('{}', 'application/json'))
  router.post('/iot/d', body, (request, response, next) => {
    if (!Buffer.isBuffer(request.body) || !isResult(request.body)) return next()
    return take(request, response, ultralightCommands)
  })
  router.post('/iot/json/commands', body, (request, response) => take(request, response, namedCommands))
  return router
}

function deviceOf({ query }: Request): string {
  if (query.k !== SERVICE_GROUP) throw malformedAnswer(`k is not ${SERVICE_GROUP}`)
  const device = meterAddressOf(typeof query.i === 'string' ? query.i : undefined)
  if (device === null) throw malformedAnswer('i is no address, 0x and 40 hex digits in lower case')
  return device
}

function topicOf(request: Request): string {
  return `http ${request.method} ${request.path} ${namedBy(request)}`
}

function namedBy({ query }: Request): string {
  return typeof query.i === 'string' ? query.i.slice(0, 42) : ''
}

function refuse(counter: CommandCounter, request: Request, response: Response, error: unknown): void {
  if (!(error instanceof DomainError)) throw error
  const { code, message: reason } = error
  const payload = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
  counter.onRefused({ topic: topicOf(request), code, reason, payload })
  if (!counter.mayAnswer(namedBy(request))) return answer(response, 429, 'application/json', '[]')
  const isStranger = code === 'device-not-authenticated'
  if (isStranger) response.set('www-authenticate', 'Basic realm="devices"')
  answer(response, isStranger ? 401 : 400, 'application/json', JSON.stringify([{ status: 'refused', code, reason }]))
}

function answer(response: Response, status: number, type: string, text: string): void {
  response.status(status).set('cache-control', 'no-store').type(type).send(text)
}
